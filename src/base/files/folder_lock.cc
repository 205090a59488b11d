#include "interprior/base/files/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/base/log.h"

namespace interprior {

FolderLock::FolderLock(const std::filesystem::path& file, const std::string& work, WhenTaken when_taken) {
  make_folder(folder_of(file));
  file_ = open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644);
  require(file_ >= 0, std::string("cannot create the lock file: ") + std::strerror(errno), file.string(), "check the folder");
  if (flock(file_, LOCK_EX | LOCK_NB) == 0) return;
  if (errno == EWOULDBLOCK && when_taken == WhenTaken::leave) {
    held_ = false;
    return;
  }
  if (errno == EWOULDBLOCK) {
    log_info("waiting for another process: " + work);
    while (flock(file_, LOCK_EX) != 0 && errno == EINTR) {
    }
    return;
  }
  log_warning(std::string("this file system has no locks (") + std::strerror(errno) + "): start one process at a time here");
}

FolderLock::~FolderLock() {
  if (file_ >= 0) close(file_);
}

}  // namespace interprior
