#pragma once
#include <torch/types.h>

#include <vector>

namespace interprior {

// One column of all parts, one after the other, real numbers as float32; undefined unless every part has it.
template <class Part>
torch::Tensor concatenated(const std::vector<Part>& parts, torch::Tensor Part::*column) {
  std::vector<torch::Tensor> values;
  for (const Part& part : parts) {
    const torch::Tensor& value = part.*column;
    if (!value.defined()) return {};
    values.push_back(value.is_floating_point() ? value.to(torch::kFloat32) : value);
  }
  return torch::cat(values);
}

}  // namespace interprior
