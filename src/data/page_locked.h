#pragma once
#include <torch/types.h>

namespace interprior {

// Zeros in CPU memory, pinned if CUDA is available, so that host-to-device copies are asynchronous.
torch::Tensor page_locked_zeros(torch::IntArrayRef shape, torch::Dtype dtype = torch::kFloat32);

}  // namespace interprior
