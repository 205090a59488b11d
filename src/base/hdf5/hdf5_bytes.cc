#include "hdf5_bytes.h"

#include <c10/util/StringUtil.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

#include "interprior/base/error.h"

namespace interprior {
namespace {

constexpr std::string_view kSignature("\x89HDF\r\n\x1a\n", 8);
constexpr uint64_t kFirstUserBlock = 512;

size_t read_some(int file, char* to, uint64_t count, uint64_t offset) {
  size_t done = 0;
  while (done < count) {
    const ssize_t got = pread(file, to + done, count - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done += static_cast<size_t>(got);
  }
  return done;
}

}  // namespace

Hdf5Bytes::Hdf5Bytes(const std::filesystem::path& path)
    : path_(path), file_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  require(file_ >= 0, "cannot open this HDF5 file", path.string(), std::strerror(errno));
  struct stat status {};
  const bool ordinary = fstat(file_, &status) == 0 && S_ISREG(status.st_mode);
  const auto whole = ordinary ? static_cast<uint64_t>(status.st_size) : 0;
  // The superblock is at byte 0, 512, 1024, 2048 ...: a user block may precede it.
  for (base_ = 0; base_ + kSignature.size() <= whole; base_ = base_ == 0 ? kFirstUserBlock : 2 * base_) {
    char found[kSignature.size()];
    if (read_some(file_, found, sizeof found, base_) != sizeof found || std::string_view(found, sizeof found) != kSignature)
      continue;
    size_ = whole - base_;
    return;
  }
  close(file_);
  throw Error("cannot open this HDF5 file", path.string(), c10::str("it is not HDF5, damaged or truncated (", whole, " bytes)"));
}

Hdf5Bytes::~Hdf5Bytes() { close(file_); }

void Hdf5Bytes::read(uint64_t address, uint64_t count, char* to) const {
  if (address > size_ || count > size_ - address) damaged(c10::str("it refers to ", count, " bytes beyond its end"), address);
  if (read_some(file_, to, count, base_ + address) != count)
    throw Error("cannot read this HDF5 file", c10::str(path_.string(), ", byte ", base_ + address),
                "the disk failed, or the file was changed during reading");
}

std::string Hdf5Bytes::read(uint64_t address, uint64_t count) const {
  if (address > size_ || count > size_ - address) damaged(c10::str("it refers to ", count, " bytes beyond its end"), address);
  std::string bytes(count, '\0');
  read(address, count, bytes.data());
  return bytes;
}

std::string Hdf5Bytes::read_at_most(uint64_t address, uint64_t count) const {
  if (address > size_) damaged("it refers to bytes beyond its end", address);
  return read(address, std::min(count, size_ - address));
}

void Hdf5Bytes::damaged(const std::string& what, uint64_t address) const {
  throw Error("this HDF5 file is damaged or truncated: " + what, c10::str(path_.string(), ", byte ", base_ + address),
              "fetch or write it again");
}

void Hdf5Bytes::unsupported(const std::string& what, uint64_t address) const {
  throw Error("this HDF5 file uses an unsupported feature: " + what, c10::str(path_.string(), ", byte ", base_ + address),
              "write it with h5py's default settings, or convert it: h5repack -f GZIP=4 OLD NEW");
}

uint64_t Hdf5Cursor::number(size_t width) {
  static_assert(std::endian::native == std::endian::little);
  uint64_t number = 0;
  std::memcpy(&number, take(width).data(), width);
  return number;
}

std::string_view Hdf5Cursor::take(uint64_t count) {
  if (count > left()) damaged("a part of it ends too soon");
  const std::string_view taken = bytes_.substr(at_, count);
  at_ += count;
  return taken;
}

void Hdf5Cursor::expect(std::string_view signature) {
  if (left() < signature.size() || take(signature.size()) != signature) damaged(c10::str("expected ", signature));
}

}  // namespace interprior
