#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "hdf5_object.h"

namespace interprior {

// A name in a group: a hard link's object, or the path that a soft link stands for; neither for a link to another file.
struct Hdf5Link {
  uint64_t address = kHdf5Nowhere;
  std::string path;
};
using Hdf5Links = std::map<std::string, Hdf5Link, std::less<>>;

// All names of a group: a symbol table, links in its header, or links in a heap of their own. Throws Error.
Hdf5Links read_hdf5_links(const Hdf5Bytes& file, const Hdf5Object& group);

// Where the object of a path "a/b" stands, soft links followed; nothing where there is none. Throws Error on damage.
class Hdf5Names {
 public:
  Hdf5Names(const Hdf5Bytes& file, uint64_t root) : file_(file), root_(root) {}
  std::optional<uint64_t> find(const std::string& path) const;

 private:
  const Hdf5Links& links_at(uint64_t group) const;

  const Hdf5Bytes& file_;
  uint64_t root_;
  mutable std::mutex mutex_;
  mutable std::map<uint64_t, Hdf5Links> groups_;  // as they were read
};

}  // namespace interprior
