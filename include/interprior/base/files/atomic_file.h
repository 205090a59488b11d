#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "interprior/base/files/temporary_path.h"

namespace interprior {

// The parent folder of a file; `.` for a bare file name.
std::filesystem::path folder_of(const std::filesystem::path& path);

// A file that appears complete or not at all: written under a temporary name in the target folder, then fsync, rename and fsync
// of the folder. The destructor removes an uncommitted file. Creates the parent folder; a bare file name is in the working
// directory.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);  // throws Error if the folder cannot be created or written
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  const std::filesystem::path& temporary() const { return temporary_->path(); }  // write here, before commit()
  void commit();                                                                 // throws Error naming path and reason

 private:
  std::filesystem::path path_;
  std::optional<TemporaryPath> temporary_;
};

// Writes bytes atomically. Throws Error.
void write_file(const std::filesystem::path& path, std::string_view bytes);

// Appends all bytes or none: a partial write (full disk) is truncated again. Creates the file. Throws Error.
void append_to_file(const std::filesystem::path& path, std::string_view bytes);

// Flushes a file to disk (fsync). Throws Error.
void sync_file(const std::filesystem::path& path);

// Creates a hard link `name` to `file` atomically; a copy if the file system has no links. Throws Error.
void link_file(const std::filesystem::path& file, const std::filesystem::path& name);

// Removes temporary files that killed writers of atomic files left in a folder. No writer may be active in the folder.
void remove_unfinished_files(const std::filesystem::path& folder);

// The contents of a file or a named pipe. Throws Error if it is missing, a folder or unreadable; Interrupted if a stop is
// requested (StopSignal) while nothing is written into the pipe.
std::string read_file(const std::filesystem::path& path);

// Creates a folder with its parents and checks that it is writable. Throws Error.
void make_folder(const std::filesystem::path& path);

// 64-bit hash of the file's bytes (FNV-1a) in hex; identifies a file, not cryptographic.
std::string file_hash(const std::filesystem::path& path);
// The same hash of a string.
std::string text_hash(std::string_view bytes);

}  // namespace interprior
