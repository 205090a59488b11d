#pragma once
#include <torch/types.h>

namespace interprior {

// (B,3,V) -> (B,V,3) and the inverse, into a new contiguous tensor. LibTorch's strided copy handles three numbers at a time,
// which on the CPU takes as long as the skinning.
torch::Tensor points_from_planes(const torch::Tensor& planes);
torch::Tensor planes_from_points(const torch::Tensor& points);

}  // namespace interprior
