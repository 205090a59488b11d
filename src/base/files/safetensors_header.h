#pragma once
#include <torch/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace interprior {

struct SafetensorsEntry {
  std::string name;
  torch::Dtype dtype = torch::kFloat32;
  std::vector<int64_t> shape;
  uint64_t begin = 0, end = 0;  // bytes after the header
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;  // in order of the data offsets
  std::map<std::string, std::string> metadata;
};

// Parses the JSON header of a file with `data_size` bytes of data and checks that the tensors cover the data without gap or
// overlap. `place` names the file in messages.
SafetensorsHeader parse_safetensors_header(std::string_view json, uint64_t data_size, const std::string& place);

}  // namespace interprior
