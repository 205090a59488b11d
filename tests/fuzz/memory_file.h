#pragma once
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

#include "interprior/base/error.h"

namespace interprior {

// In-memory file with the given bytes, so that readers of files are fuzzed without disk access.
class MemoryFile {
 public:
  MemoryFile(const uint8_t* data, size_t size) : file_(memfd_create("fuzz", MFD_CLOEXEC)) {
    if (file_ < 0 || write(file_, data, size) != static_cast<ssize_t>(size)) throw std::runtime_error("no file in memory");
    path_ = "/proc/self/fd/" + std::to_string(file_);
  }
  ~MemoryFile() { close(file_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  int file_;
  std::filesystem::path path_;
};

// One run of a target: an Error is a correct result, every other exception is a finding.
template <class Read>
int fuzzed(const Read& read) {
  try {
    read();
  } catch (const Error&) {
  }
  return 0;
}

}  // namespace interprior
