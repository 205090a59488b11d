#include "mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "interprior/base/error.h"

namespace interprior {

MappedFile::MappedFile(const std::filesystem::path& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) throw Error("cannot open the file", path.string(), std::strerror(errno));
  struct stat status {};
  const bool ordinary = fstat(file, &status) == 0 && S_ISREG(status.st_mode);
  size_ = ordinary ? static_cast<size_t>(status.st_size) : 0;
  if (size_ > 0) data_ = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
  const std::string reason = std::strerror(errno);
  ::close(file);
  require(ordinary, "this is not a file", path.string());
  require(data_ != MAP_FAILED, "cannot map the file into memory", path.string(), reason);
}

MappedFile::~MappedFile() {
  if (size_ > 0) munmap(data_, size_);
}

}  // namespace interprior
