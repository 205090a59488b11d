#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "interprior/base/files/folder_lock.h"
#include "interprior/data/patterns.h"

namespace interprior {

// NAME.partial beside an output file: finished chunks and the settings they were made with. Locked by one process at a time; kept
// when that process is interrupted, so that the next one can resume.
class RebuildFolder {
 public:
  using Settings = std::map<std::string, std::string>;

  // Throws Error if another process holds the folder, or if its chunks were made with other settings.
  RebuildFolder(const std::filesystem::path& output, const Settings& settings);

  std::optional<Patterns> chunk(int64_t number) const;  // nullopt if it has not been written
  void write_chunk(int64_t number, const Patterns& patterns) const;
  void remove();  // call after the output is written

 private:
  std::filesystem::path path_of(int64_t number) const;

  std::filesystem::path folder_;
  std::unique_ptr<FolderLock> lock_;
};

}  // namespace interprior
