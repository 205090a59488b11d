#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

// Untrusted HDF5 files are read by the reader of this folder (hdf5_*.cc), never by libhdf5; docs/formats.md gives the reasons.
namespace interprior {

// The bytes of an HDF5 file, from its superblock on. All reads are bounds-checked here: an address of a damaged file outside of
// the file throws Error.
class Hdf5Bytes {
 public:
  explicit Hdf5Bytes(const std::filesystem::path& path);
  ~Hdf5Bytes();
  Hdf5Bytes(const Hdf5Bytes&) = delete;
  Hdf5Bytes& operator=(const Hdf5Bytes&) = delete;

  uint64_t size() const { return size_; }
  uint64_t whole_size() const { return base_ + size_; }  // including the user block before the superblock
  void read(uint64_t address, uint64_t count, char* to) const;
  std::string read(uint64_t address, uint64_t count) const;
  // Up to `count` bytes, fewer at the end of the file.
  std::string read_at_most(uint64_t address, uint64_t count) const;

  const std::filesystem::path& path() const { return path_; }
  [[noreturn]] void damaged(const std::string& what, uint64_t address) const;
  [[noreturn]] void unsupported(const std::string& what, uint64_t address) const;

 private:
  std::filesystem::path path_;
  int file_ = -1;
  uint64_t base_ = 0, size_ = 0;
};

inline constexpr uint64_t kHdf5Undefined = UINT64_MAX;  // HDF5's undefined address: not stored

// Reads a byte range of a file sequentially; throws Error if it ends too early.
class Hdf5Cursor {
 public:
  Hdf5Cursor(const Hdf5Bytes& file, std::string_view bytes, uint64_t address) : file_(file), bytes_(bytes), address_(address) {}

  uint64_t number(size_t width);  // little-endian, of up to 8 bytes
  uint8_t byte() { return static_cast<uint8_t>(number(1)); }
  std::string_view take(uint64_t count);
  void skip(uint64_t count) { take(count); }
  void expect(std::string_view signature);
  size_t left() const { return bytes_.size() - at_; }
  size_t at() const { return at_; }
  uint64_t address() const { return address_ + at_; }
  const Hdf5Bytes& file() const { return file_; }
  [[noreturn]] void damaged(const std::string& what) const { file_.damaged(what, address()); }
  [[noreturn]] void unsupported(const std::string& what) const { file_.unsupported(what, address()); }

 private:
  const Hdf5Bytes& file_;
  std::string_view bytes_;
  uint64_t address_;
  size_t at_ = 0;
};

}  // namespace interprior
