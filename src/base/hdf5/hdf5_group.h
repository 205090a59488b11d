#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "hdf5_object.h"

namespace interprior {

// A link of a group: object address of a hard link, or path of a soft link; neither for a link to another file.
struct Hdf5Link {
  uint64_t address = kHdf5Undefined;
  std::string path;
};
using Hdf5Links = std::map<std::string, Hdf5Link, std::less<>>;

// All links of a group: from a symbol table, link messages in its header, or dense storage. Throws Error.
Hdf5Links read_hdf5_links(const Hdf5Bytes& file, const Hdf5Object& group);

// Finds the address of the object at a path "a/b", following soft links; nullopt if there is none. Throws Error on damage.
class Hdf5Names {
 public:
  Hdf5Names(const Hdf5Bytes& file, uint64_t root) : file_(file), root_(root) {}
  std::optional<uint64_t> find(const std::string& path) const;

 private:
  const Hdf5Links& links_at(uint64_t group) const;

  const Hdf5Bytes& file_;
  uint64_t root_;
  mutable std::mutex mutex_;
  mutable std::map<uint64_t, Hdf5Links> groups_;  // cache of groups read, by address
};

}  // namespace interprior
