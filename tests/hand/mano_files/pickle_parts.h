#pragma once
#include <torch/types.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

// The parts of a pickle of protocol 2, as Python 2's pickler writes them but without memo.
namespace interprior::pickle_parts {

inline std::string little_endian(uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 255);
  return out;
}

inline std::string words(const std::string& text) {
  return (text.size() < 256 ? "U" + little_endian(text.size(), 1) : "T" + little_endian(text.size(), 4)) + text;
}

inline std::string integer(int64_t value) {
  if (value >= 0 && value < 256) return "K" + little_endian(static_cast<uint64_t>(value), 1);
  return "\x8a\x08" + little_endian(static_cast<uint64_t>(value), 8);
}

inline std::string global(const std::string& module, const std::string& name) { return "c" + module + "\n" + name + "\n"; }

inline std::string tuple(const std::vector<std::string>& items) {
  std::string out = "(";
  for (const std::string& item : items) out += item;
  return out + "t";
}

using Entries = std::vector<std::pair<std::string, std::string>>;

inline std::string dict(const Entries& entries) {
  std::string out = "}(";
  for (const auto& [key, value] : entries) out += words(key) + value;
  return out + "u";
}

inline std::string called(const std::string& callee, const std::vector<std::string>& arguments) {
  return callee + tuple(arguments) + "R";
}

// A new-style object with this state.
inline std::string object(const std::string& module, const std::string& name, const Entries& state) {
  return global(module, name) + ")\x81" + dict(state) + "b";
}

inline std::string number_type(const std::string& name, char order = '<') {
  return called(global("numpy", "dtype"), {words(name), integer(0), integer(1)}) +
         tuple({integer(3), words(std::string(1, order)), "N", "N", "N", integer(-1), integer(-1), integer(0)}) + "b";
}

inline std::string numpy_array(const std::vector<int64_t>& shape, const std::string& type, bool by_columns,
                               const std::string& data) {
  std::vector<std::string> sizes;
  for (const int64_t size : shape) sizes.push_back(integer(size));
  return called(global("numpy.core.multiarray", "_reconstruct"), {global("numpy", "ndarray"), tuple({integer(0)}), words("b")}) +
         tuple({integer(1), tuple(sizes), type, by_columns ? "\x88" : "\x89", words(data)}) + "b";
}

inline std::string bytes_of(const torch::Tensor& tensor, bool swapped = false) {
  const torch::Tensor flat = tensor.contiguous();
  const size_t size = flat.element_size();
  std::string out(static_cast<const char*>(flat.data_ptr()), flat.nbytes());
  if (swapped)
    for (size_t at = 0; at < out.size(); at += size)
      std::reverse(out.begin() + static_cast<std::ptrdiff_t>(at), out.begin() + static_cast<std::ptrdiff_t>(at + size));
  return out;
}

inline std::string type_name(const torch::Tensor& tensor) {
  const char kind = tensor.is_floating_point() ? 'f' : tensor.dtype() == torch::kUInt8 ? 'u' : 'i';
  return kind + std::to_string(tensor.element_size());
}

inline std::string array(const torch::Tensor& tensor) {
  return numpy_array(tensor.sizes().vec(), number_type(type_name(tensor)), false, bytes_of(tensor));
}

inline std::string big_endian_array(const torch::Tensor& tensor) {
  return numpy_array(tensor.sizes().vec(), number_type(type_name(tensor), '>'), false, bytes_of(tensor, true));
}

inline std::string array_by_columns(const torch::Tensor& tensor) {
  std::vector<int64_t> axes;
  for (int64_t axis = tensor.dim() - 1; axis >= 0; --axis) axes.push_back(axis);
  return numpy_array(tensor.sizes().vec(), number_type(type_name(tensor)), true, bytes_of(tensor.permute(axes)));
}

inline std::string numpy_integer(int64_t value) {
  return called(global("numpy.core.multiarray", "scalar"),
                {number_type("i8"), words(little_endian(static_cast<uint64_t>(value), 8))});
}

inline std::string sparse(const torch::Tensor& matrix) {
  const torch::Tensor by_column = matrix.t().contiguous();
  const torch::Tensor places = by_column.nonzero();
  const torch::Tensor counts = (by_column != 0).sum(1);
  const torch::Tensor starts = torch::cat({torch::zeros({1}, torch::kInt64), counts.cumsum(0)}).to(torch::kInt32);
  return object("scipy.sparse.csc", "csc_matrix",
                {{"indices", array(places.select(1, 1).to(torch::kInt32))},
                 {"data", array(by_column.masked_select(by_column != 0))},
                 {"maxprint", integer(50)},
                 {"_shape", tuple({integer(matrix.size(0)), integer(matrix.size(1))})},
                 {"indptr", array(starts)}});
}

inline std::string chumpy(const std::string& x) {
  return object(
      "chumpy.ch", "Ch",
      {{"_dirty_vars", called(global("__builtin__", "set"), {"]"})}, {"_itr", "N"}, {"x", x}, {"_status", words("new")}});
}

inline std::string selected(const std::string& source, const torch::Tensor& indices, const std::string& shape) {
  return object("chumpy.reordering", "Select", {{"a", source}, {"preferred_shape", shape}, {"idxs", array(indices)}});
}

inline std::string pickle(const std::string& value) { return "\x80\x02" + value + "."; }

}  // namespace interprior::pickle_parts
