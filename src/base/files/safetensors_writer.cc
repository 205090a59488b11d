#include <ATen/ATen.h>
#include <torch/types.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/base/files/safetensors.h"
#include "safetensors_dtype.h"

namespace fs = std::filesystem;

namespace interprior {
namespace {

const char* dtype_name(torch::Dtype dtype, const std::string& place) {
  for (size_t i = 0; i < kTorchDtypes.size(); ++i)
    if (kTorchDtypes[i] == dtype) return kSafetensorsDtypes[i].first;
  throw Error(c10::str("safetensors files cannot be written with dtype ", dtype), place);
}

void check(const NamedTensors& tensors, const std::string& file) {
  std::set<std::string> names;
  for (const auto& [name, tensor] : tensors) {
    const std::string place = file + ", tensor " + name;
    require(names.insert(name).second, "two tensors have the same name", place);
    require(name != "__metadata__", "this name is reserved", place);
    require(tensor.defined(), "there is no tensor to write", place);
    require(tensor.layout() == torch::kStrided, "only dense tensors can be written", place);
  }
}

// Sorted stably by element size, largest first: each tensor is then aligned, although the format allows no gaps.
NamedTensors aligned_order(NamedTensors tensors) {
  std::stable_sort(tensors.begin(), tensors.end(),
                   [](const auto& a, const auto& b) { return a.second.element_size() > b.second.element_size(); });
  return tensors;
}

std::string header_text(const NamedTensors& tensors, const std::map<std::string, std::string>& metadata,
                        const std::string& file) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  size_t offset = 0;
  for (const auto& [name, tensor] : tensors) {
    const size_t end = offset + tensor.nbytes();
    nlohmann::ordered_json& entry = header[name];
    entry["dtype"] = dtype_name(tensor.scalar_type(), file + ", tensor " + name);
    entry["shape"] = tensor.sizes().vec();
    entry["data_offsets"] = {offset, end};
    offset = end;
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const nlohmann::json::exception&) {
    throw Error("names and metadata of a safetensors file must be UTF-8", file);
  }
  text.append((8 - text.size() % 8) % 8, ' ');
  require(text.size() <= kSafetensorsLongestHeader, "the safetensors header is longer than 100 MB", file);
  return text;
}

}  // namespace

void write_safetensors(const fs::path& path, const NamedTensors& tensors, const std::map<std::string, std::string>& metadata) {
  check(tensors, path.string());
  const NamedTensors ordered = aligned_order(tensors);
  const std::string header = header_text(ordered, metadata, path.string());
  const uint64_t length = header.size();
  AtomicFile file(path);
  errno = 0;
  std::ofstream out(file.temporary(), std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(&length), sizeof(length));
  out.write(header.data(), static_cast<std::streamsize>(header.size()));
  for (const auto& [name, tensor] : ordered) {
    const torch::Tensor values = tensor.detach().to(torch::kCPU).contiguous();
    out.write(static_cast<const char*>(values.const_data_ptr()), static_cast<std::streamsize>(values.nbytes()));
  }
  out.close();
  if (out.fail()) throw Error("cannot write the file", path.string(), std::strerror(errno));
  file.commit();
}

}  // namespace interprior
