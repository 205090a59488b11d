#pragma once
#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <string>
#include <utility>
#include <vector>

// torch::Tensor as a value, for headers whose structs hold tensors: a quarter of the compile time of <torch/types.h>. A source
// file that calls LibTorch's functions (torch::zeros, torch::cat) includes <torch/types.h>; the two go together.
namespace torch {
using at::Tensor;
using c10::Device;
using c10::kCPU;
using c10::kCUDA;
using Dtype = c10::ScalarType;
}  // namespace torch

namespace interprior {

// Tensors with their names, in order.
using NamedTensors = std::vector<std::pair<std::string, torch::Tensor>>;

}  // namespace interprior
