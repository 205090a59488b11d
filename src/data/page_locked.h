#pragma once
#include <torch/types.h>

namespace interprior {

// Zeros on the CPU, page-locked where a GPU is there, so that copies to it overlap with its work.
torch::Tensor page_locked_zeros(torch::IntArrayRef shape, torch::Dtype dtype = torch::kFloat32);

}  // namespace interprior
