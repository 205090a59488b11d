#pragma once
#include <filesystem>
#include <string>

namespace interprior {

// The actual type of a file that a reader did not expect, detected by its first bytes.
struct FileKind {
  std::string what;    // such as "a Git-LFS pointer"; empty: unknown
  std::string advice;  // how to obtain the expected file
};

// Detects Git-LFS pointers, web pages, PyTorch and zip archives, pickles, HDF5, safetensors, gzip, run folders, and files with
// converted line ends.
FileKind file_kind(const std::filesystem::path& path);

// Throws Error if the file is known to be of another type than `wanted` (such as "a safetensors file").
// `convert`: how to convert a PyTorch file to the wanted type; replaces the advice of file_kind if not empty.
void require_no_other_kind(const std::filesystem::path& path, const std::string& wanted, const std::string& convert = "");

}  // namespace interprior
