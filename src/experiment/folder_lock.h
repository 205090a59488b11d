#pragma once
#include <filesystem>
#include <string>

namespace interprior {

// One process at a time at a piece of work. Waits, and says for what, while another has it; ends with the process, however that
// ends. On a file system without locks everybody has it, with a warning.
class FolderLock {
 public:
  FolderLock(const std::filesystem::path& file, const std::string& work);  // throws Error when the file cannot be made
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int file_ = -1;
};

}  // namespace interprior
