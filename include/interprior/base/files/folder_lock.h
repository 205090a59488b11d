#pragma once
#include <filesystem>
#include <string>

namespace interprior {

enum class WhenTaken { wait, leave };

// An inter-process lock (flock): one process at a time does a piece of work. If another process holds the lock, the constructor
// logs `work` and waits, or returns without the lock (WhenTaken). The lock is released when the process ends, also by a crash.
// On a file system without locks every process gets it, with a warning.
class FolderLock {
 public:
  // Throws Error if the file cannot be created.
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
