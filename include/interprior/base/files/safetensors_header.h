#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace interprior {

// What the header of a safetensors file says of one tensor.
struct SafetensorsEntry {
  std::string name;
  std::string dtype;  // "F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U8" or "BOOL"
  std::vector<int64_t> shape;
  uint64_t begin = 0, end = 0;  // bytes after the header

  int64_t numel() const;  // number of elements
};

// The header of a safetensors file: everything but the tensors' data. Needs no LibTorch.
// https://github.com/huggingface/safetensors#format
struct SafetensorsHeader {
  std::filesystem::path path;                   // the file
  std::map<std::string, std::string> metadata;  // `__metadata__`
  std::vector<SafetensorsEntry> entries;        // in order of the data offsets
};

// Reads and validates the header: bounded and well-formed, known dtypes, offsets in range, contiguous and without overlap, sizes
// that agree with shapes. Reads no data. Throws Error naming file, tensor and byte.
SafetensorsHeader read_safetensors_header(const std::filesystem::path& path);

}  // namespace interprior
