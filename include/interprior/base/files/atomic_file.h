#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "interprior/base/files/temporary_path.h"

namespace interprior {

// The folder that holds a file: its parent, `.` where the name is bare.
std::filesystem::path folder_of(const std::filesystem::path& path);

// A file that appears whole or not at all: written beside its place under a temporary name, then fsync, rename and
// fsync of the folder. Destroyed without commit(), it removes what it wrote. Makes the parent folder; none: the working
// directory.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);  // throws Error when the folder cannot be made or written
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

// Appends bytes, all of them or none: what a full disk took of them is cut off again. Makes the file. Throws Error.
void append_to_file(const std::filesystem::path& path, std::string_view bytes);

// Puts what was appended to a file on the disk. Throws Error.
void sync_file(const std::filesystem::path& path);

// Gives a file a further name, which appears whole or not at all; a copy where the file system has no links. Throws Error.
void link_file(const std::filesystem::path& file, const std::filesystem::path& name);

// Removes what writers of atomic files that were killed have left in a folder in which nobody writes now.
void remove_unfinished_files(const std::filesystem::path& folder);

// The whole file. Throws Error when it is missing, a folder or unreadable.
std::string read_file(const std::filesystem::path& path);

// Makes a folder with its parents and proves that it can be written. Throws Error.
void make_folder(const std::filesystem::path& path);

// 64-bit hash of the file's bytes (FNV-1a) in hex, to recognise a file, not to protect it.
std::string file_hash(const std::filesystem::path& path);
// The same hash of a text: that of a file which holds it.
std::string text_hash(std::string_view bytes);

}  // namespace interprior
