#pragma once
#include <filesystem>
#include <string>

namespace interprior {

enum class WhenTaken { wait, leave };

// One process at a time at a piece of work. While another has it, waits and says for what, or leaves it; ends with the process,
// however that ends. On a file system without locks everybody has it, with a warning.
class FolderLock {
 public:
  // Throws Error when the file cannot be made.
  FolderLock(const std::filesystem::path& file, const std::string& work, WhenTaken when_taken = WhenTaken::wait);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  bool held() const { return held_; }  // false: another process has it

 private:
  int file_ = -1;
  bool held_ = true;
};

}  // namespace interprior
