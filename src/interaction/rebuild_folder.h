#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "interprior/base/files/folder_lock.h"
#include "interprior/data/patterns.h"

namespace interprior {

// NAME.partial beside an output file: its chunks as they are finished, and what they were made from. Held by one process at a
// time; left behind when that is interrupted, so that the next one goes on.
class RebuildFolder {
 public:
  using Settings = std::map<std::string, std::string>;

  // Throws Error where another process holds it, and where its chunks were made from other settings.
  RebuildFolder(const std::filesystem::path& output, const Settings& settings);

  std::optional<Patterns> chunk(int64_t number) const;  // as it was written, if it was
  void write_chunk(int64_t number, const Patterns& patterns) const;
  void remove();  // once the output is written

 private:
  std::filesystem::path path_of(int64_t number) const;

  std::filesystem::path folder_;
  std::unique_ptr<FolderLock> lock_;
};

}  // namespace interprior
