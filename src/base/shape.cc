#include "interprior/base/shape.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include "interprior/base/error.h"

namespace interprior {
namespace {

std::string sizes_text(torch::IntArrayRef sizes) {
  std::string text = "(";
  for (size_t i = 0; i < sizes.size(); ++i) text += (i == 0 ? "" : ", ") + std::to_string(sizes[i]);
  return text + ")";
}

std::string dtype_text(torch::Dtype dtype) {
  switch (dtype) {
    case torch::kFloat64:
      return "float64";
    case torch::kFloat32:
      return "float32";
    case torch::kFloat16:
      return "float16";
    case torch::kBFloat16:
      return "bfloat16";
    case torch::kInt64:
      return "int64";
    case torch::kInt32:
      return "int32";
    case torch::kInt16:
      return "int16";
    case torch::kInt8:
      return "int8";
    case torch::kUInt8:
      return "uint8";
    case torch::kBool:
      return "bool";
    default:
      return c10::toString(dtype);
  }
}

}  // namespace

ShapeCheck& ShapeCheck::operator()(const torch::Tensor& tensor, const char* name, std::initializer_list<Dimension> expected) {
  bool fits = tensor.defined() && tensor.dim() == static_cast<int64_t>(expected.size());
  std::map<std::string, int64_t> bound = bound_;
  std::string wanted;
  int64_t axis = 0;
  for (const Dimension& dimension : expected) {
    wanted += wanted.empty() ? "" : ", ";
    if (const auto* number = std::get_if<int64_t>(&dimension)) {
      wanted += std::to_string(*number);
      fits = fits && tensor.size(axis) == *number;
    } else {
      const std::string& word = std::get<std::string>(dimension);
      const auto known = bound.find(word);
      wanted += known == bound.end() ? word : c10::str(word, "=", known->second);
      if (fits && known == bound.end()) bound[word] = tensor.size(axis);
      fits = fits && tensor.size(axis) == bound[word];
    }
    ++axis;
  }
  if (!fits) throw Error(c10::str(function_, ": ", name, " is ", shape_text(tensor), ", expected (", wanted, ")"));
  bound_ = std::move(bound);
  return *this;
}

int64_t ShapeCheck::operator[](const std::string& name) const {
  const auto known = bound_.find(name);
  if (known == bound_.end()) throw Error(c10::str(function_, ": no checked tensor has a dimension named ", name));
  return known->second;
}

std::string shape_text(const torch::Tensor& tensor) {
  if (!tensor.defined()) return "undefined";
  return c10::str(sizes_text(tensor.sizes()), " ", dtype_text(tensor.scalar_type()));
}

}  // namespace interprior
