#pragma once
#include "interprior/base/files/safetensors_header.h"
#include "mapped_file.h"

namespace interprior {

// A memory-mapped safetensors file with its validated header.
class MappedSafetensors {
 public:
  explicit MappedSafetensors(const std::filesystem::path& path);  // throws Error, see read_safetensors_header

  const SafetensorsHeader& header() const { return header_; }
  // Bytes of one tensor.
  std::string_view data(const SafetensorsEntry& entry) const { return data_.substr(entry.begin, entry.end - entry.begin); }

 private:
  MappedFile file_;
  SafetensorsHeader header_;
  std::string_view data_;  // after the header
};

}  // namespace interprior
