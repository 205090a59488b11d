#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "interprior/base/files/safetensors_header.h"
#include "interprior/base/tensor.h"

namespace interprior {

// A memory-mapped safetensors file (u64 header length, JSON header, raw little-endian data).
// https://github.com/huggingface/safetensors#format
class Safetensors {
 public:
  // Validates the header like read_safetensors_header. Throws Error naming file, tensor and byte.
  explicit Safetensors(const std::filesystem::path& path);
  ~Safetensors();
  Safetensors(const Safetensors&) = delete;
  Safetensors& operator=(const Safetensors&) = delete;

  const SafetensorsHeader& header() const;
  const std::map<std::string, std::string>& metadata() const;  // `__metadata__`
  std::vector<std::string> names() const;                      // in order of the data offsets
  bool has(const std::string& name) const;
  torch::Tensor tensor(const std::string& name) const;  // a copy on the CPU; throws Error if there is none
  const std::filesystem::path& path() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Writes atomically. The data begin at a multiple of 8 bytes; tensors are sorted stably by element size, largest first, so that
// each one is aligned. Tensors are moved to the CPU and made contiguous. Throws Error.
void write_safetensors(const std::filesystem::path& path, const NamedTensors& tensors,
                       const std::map<std::string, std::string>& metadata);

// The prefix that wrappers add to every name of a state dict: module. (DataParallel), _orig_mod. (torch.compile), backbone.,
// model., or several of them in sequence; "" unless all names have it.
std::string wrapping_prefix(const std::vector<std::string>& names);

}  // namespace interprior
