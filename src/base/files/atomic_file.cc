#include "interprior/base/files/atomic_file.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "base/fnv.h"
#include "interprior/base/error.h"
#include "interprior/base/stop_signal.h"

namespace fs = std::filesystem;

namespace interprior {
namespace {

const std::string kUnfinished = ".interprior-";
constexpr const char* kAdvice = "choose an output path that you may write to";

std::string reason() { return std::strerror(errno); }

void make_parents(const fs::path& folder) {
  std::error_code failure, ignored;
  fs::create_directories(folder, failure);
  if (failure) throw Error("cannot make the folder: " + failure.message(), folder.string(), kAdvice);
  require(fs::is_directory(folder, ignored), "cannot make the folder: something else has this name", folder.string(), kAdvice);
}

// Created with O_EXCL, so that no two writers share a temporary file, also on a network drive.
fs::path fresh_file_in(const fs::path& folder) {
  static std::atomic<uint64_t> counter{0};
  while (true) {
    const fs::path path = folder / (kUnfinished + std::to_string(getpid()) + "-" + std::to_string(counter.fetch_add(1)) + ".tmp");
    const int file = open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
    if (file >= 0) {
      close(file);
      return path;
    }
    if (errno != EEXIST) throw Error("cannot write into the folder: " + reason(), folder.string(), kAdvice);
  }
}

bool sync_to_disk(const fs::path& path, int flags) {
  const int file = open(path.c_str(), flags | O_CLOEXEC);
  if (file < 0) return false;
  const bool synced = fsync(file) == 0 || errno == EINVAL;  // some network drives cannot sync a folder
  const int failure = errno;
  close(file);
  errno = failure;
  return synced;
}

// A file that is open for reading. A pipe whose writer has not come yet is open too: open() itself must not wait for it, as no
// stop signal would end that.
class OpenedFile {
 public:
  explicit OpenedFile(const fs::path& path) : path_(path) {
    std::error_code failure;
    const fs::file_status status = fs::status(path, failure);
    require(fs::exists(status), "there is no file", path.string(), failure ? failure.message() : "check the path");
    require(!fs::is_directory(status), "expected a file, found a folder", path.string());
    require(fs::is_regular_file(status) || fs::is_fifo(status), "this is not a file that can be read", path.string());
    file_ = open(path.c_str(), O_RDONLY | O_CLOEXEC | (fs::is_fifo(status) ? O_NONBLOCK : 0));
    if (file_ < 0) throw Error("cannot read the file", path.string(), reason());
  }
  ~OpenedFile() { close(file_); }
  OpenedFile(const OpenedFile&) = delete;
  OpenedFile& operator=(const OpenedFile&) = delete;

  // The next bytes, as many as `buffer` holds or fewer; none at the end. Throws Interrupted when a stop is requested meanwhile.
  std::string_view next(std::string& buffer) const {
    while (true) {
      wait_for_bytes();
      const ssize_t count = read(file_, buffer.data(), buffer.size());
      if (count >= 0) return std::string_view(buffer).substr(0, static_cast<size_t>(count));
      if (errno != EINTR && errno != EAGAIN) throw Error("the file could not be read to its end", path_.string(), reason());
    }
  }

 private:
  // Returns at once for a file; for a pipe when it has bytes, or when its last writer has gone.
  void wait_for_bytes() const {
    constexpr int kMilliseconds = 100;  // until the stop signal is asked again: another thread may have received it
    pollfd one{file_, POLLIN, 0};
    while (poll(&one, 1, kMilliseconds) <= 0)
      if (stop_requested()) throw Interrupted("stopped while waiting for what is written into the pipe " + path_.string());
  }

  const fs::path& path_;
  int file_ = -1;
};

template <class Visit>
void read_in_pieces(const fs::path& path, Visit visit) {
  const OpenedFile file(path);
  std::string buffer(size_t{1} << 20, '\0');
  for (std::string_view piece = file.next(buffer); !piece.empty(); piece = file.next(buffer)) visit(piece);
}

}  // namespace

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

AtomicFile::AtomicFile(fs::path path) : path_(std::move(path)) {
  require(path_.has_filename(), "expected the name of a file to write", path_.string());
  std::error_code ignored;
  if (fs::is_symlink(fs::symlink_status(path_, ignored))) path_ = fs::weakly_canonical(path_, ignored);
  const fs::file_status status = fs::status(path_, ignored);
  require(!fs::exists(status) || fs::is_regular_file(status), "cannot replace this: it is not a regular file", path_.string(),
          "choose another path");
  make_parents(folder_of(path_));
  temporary_.emplace([&] { return fresh_file_in(folder_of(path_)); });
}

void AtomicFile::commit() {
  require(temporary_.has_value(), "this file was already committed", path_.string());
  if (!sync_to_disk(temporary(), O_RDONLY)) throw Error("cannot write the file", path_.string(), reason());
  if (std::rename(temporary().c_str(), path_.c_str()) != 0) throw Error("cannot write the file", path_.string(), reason());
  temporary_->keep();
  temporary_.reset();
  const fs::path folder = folder_of(path_);
  if (!sync_to_disk(folder, O_RDONLY | O_DIRECTORY)) throw Error("cannot write the folder", folder.string(), reason());
}

void write_file(const fs::path& path, std::string_view bytes) {
  AtomicFile file(path);
  errno = 0;
  std::ofstream out(file.temporary(), std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (out.fail()) throw Error("cannot write the file", path.string(), reason());
  file.commit();
}

void append_to_file(const fs::path& path, std::string_view bytes) {
  const int file = open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0666);
  if (file < 0) throw Error("cannot write the file", path.string(), reason());
  const off_t size = lseek(file, 0, SEEK_END);
  size_t done = 0;
  int failure = 0;
  while (done < bytes.size() && failure == 0) {
    const ssize_t count = write(file, bytes.data() + done, bytes.size() - done);
    if (count > 0)
      done += static_cast<size_t>(count);
    else if (errno != EINTR)
      failure = errno;
  }
  const bool cut = failure != 0 && size >= 0 && ftruncate(file, size) != 0;
  if (close(file) != 0 && failure == 0) failure = errno;
  if (failure != 0)
    throw Error(cut ? "cannot write the file, and it now ends with an incomplete append" : "cannot write the file", path.string(),
                std::strerror(failure));
}

void sync_file(const fs::path& path) {
  if (!sync_to_disk(path, O_RDONLY)) throw Error("cannot write the file", path.string(), reason());
}

void link_file(const fs::path& file, const fs::path& name) {
  std::error_code failure;
  if (fs::equivalent(file, name, failure)) return;
  AtomicFile link(name);
  fs::remove(link.temporary(), failure);
  fs::create_hard_link(file, link.temporary(), failure);
  if (failure) fs::copy_file(file, link.temporary(), fs::copy_options::overwrite_existing, failure);
  if (failure) throw Error("cannot write the file: " + failure.message(), name.string());
  link.commit();
}

void remove_unfinished_files(const fs::path& folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind(kUnfinished, 0) == 0 && entry.path().extension() == ".tmp") fs::remove(entry.path(), ignored);
  }
}

std::string read_file(const fs::path& path) {
  std::string bytes;
  read_in_pieces(path, [&](std::string_view piece) { bytes += piece; });
  return bytes;
}

void make_folder(const fs::path& path) {
  require(!path.empty(), "expected the name of a folder");
  make_parents(path);
  std::error_code ignored;
  fs::remove(fresh_file_in(path), ignored);
}

namespace {

std::string in_hex(uint64_t hash) {
  std::array<char, 17> hex;
  std::snprintf(hex.data(), hex.size(), "%016llx", static_cast<unsigned long long>(hash));
  return hex.data();
}

}  // namespace

std::string file_hash(const fs::path& path) {
  uint64_t hash = kFnvStart;
  read_in_pieces(path, [&](std::string_view piece) { hash = fnv1a(piece, hash); });
  return in_hex(hash);
}

std::string text_hash(std::string_view bytes) { return in_hex(fnv1a(bytes)); }

}  // namespace interprior
