#include "interprior/base/files/safetensors.h"

#include <ATen/ATen.h>
#include <torch/types.h>

#include <algorithm>
#include <cstring>

#include "interprior/base/error.h"
#include "mapped_safetensors.h"
#include "safetensors_dtype.h"

namespace fs = std::filesystem;

namespace interprior {
namespace {

torch::Dtype torch_dtype(const std::string& name) {
  size_t i = 0;
  while (name != kSafetensorsDtypes.at(i).first) ++i;
  return kTorchDtypes[i];
}

}  // namespace

struct Safetensors::Impl {
  MappedSafetensors file;
  std::map<std::string, size_t> index;  // name -> position in the header's entries

  explicit Impl(const fs::path& path) : file(path) {
    const std::vector<SafetensorsEntry>& entries = file.header().entries;
    for (size_t i = 0; i < entries.size(); ++i) index[entries[i].name] = i;
  }
};

Safetensors::Safetensors(const fs::path& path) : impl_(std::make_unique<Impl>(path)) {}
Safetensors::~Safetensors() = default;

const SafetensorsHeader& Safetensors::header() const { return impl_->file.header(); }
const std::map<std::string, std::string>& Safetensors::metadata() const { return header().metadata; }
const fs::path& Safetensors::path() const { return header().path; }
bool Safetensors::has(const std::string& name) const { return impl_->index.count(name) > 0; }

std::vector<std::string> Safetensors::names() const {
  std::vector<std::string> names;
  for (const SafetensorsEntry& entry : header().entries) names.push_back(entry.name);
  return names;
}

std::string wrapping_prefix(const std::vector<std::string>& names) {
  std::string prefix;
  for (bool found = !names.empty(); found;) {
    found = false;
    for (const char* one : {"module.", "_orig_mod.", "backbone.", "model.", "state_dict."}) {
      const std::string longer = prefix + one;
      if (!std::all_of(names.begin(), names.end(), [&](const std::string& name) { return name.starts_with(longer); })) continue;
      prefix = longer;
      found = true;
    }
  }
  return prefix;
}

torch::Tensor Safetensors::tensor(const std::string& name) const {
  const auto found = impl_->index.find(name);
  if (found == impl_->index.end()) {
    const std::string near = nearest_word(name, names());
    throw Error("there is no tensor " + name, path().string(), near.empty() ? "" : "the nearest name is " + near);
  }
  const SafetensorsEntry& entry = header().entries[found->second];
  const std::string_view data = impl_->file.data(entry);
  const torch::Dtype dtype = torch_dtype(entry.dtype);
  const bool is_bool = dtype == torch::kBool;
  torch::Tensor tensor = torch::empty(entry.shape, is_bool ? torch::kUInt8 : dtype);
  if (!data.empty()) std::memcpy(tensor.data_ptr(), data.data(), data.size());
  return is_bool ? tensor.ne(0) : tensor;  // a bool in memory must be 0 or 1, a byte of the file may have any value
}

}  // namespace interprior
