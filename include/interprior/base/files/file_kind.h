#pragma once
#include <filesystem>
#include <string>

namespace interprior {

// What a file that is not what it should be really is, by its first bytes.
struct FileKind {
  std::string what;    // "a Git-LFS pointer"; empty: nothing that is known
  std::string advice;  // how to get what was wanted
};

// Knows pointers of Git-LFS, web pages, archives of PyTorch and zip, pickles, HDF5, safetensors, gzip, folders of a run, and
// files whose line ends were converted.
FileKind file_kind(const std::filesystem::path& path);

// Throws Error naming what the file is, where it is known to be something else than `wanted` (such as "a safetensors file").
// `convert` says how a PyTorch file becomes what is wanted; empty: by nothing.
void require_no_other_kind(const std::filesystem::path& path, const std::string& wanted, const std::string& convert = "");

}  // namespace interprior
