#pragma once
#include <torch/types.h>

namespace interprior {

// (B,3,V) -> (B,V,3) and back, always a fresh contiguous tensor. LibTorch's own strided copy goes three numbers at a time, which
// on the CPU costs as much as the skinning itself.
torch::Tensor points_from_planes(const torch::Tensor& planes);
torch::Tensor planes_from_points(const torch::Tensor& points);

}  // namespace interprior
