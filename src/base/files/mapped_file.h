#pragma once
#include <filesystem>
#include <string_view>

namespace interprior {

// A read-only memory mapping of a whole file.
class MappedFile {
 public:
  // Throws Error if the path is no regular file, or cannot be opened or mapped.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::string_view bytes() const { return {static_cast<const char*>(data_), size_}; }

 private:
  void* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace interprior
