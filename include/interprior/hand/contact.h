#pragma once
#include <torch/types.h>

#include "interprior/hand/pose.h"

namespace interprior {

// A hand as 20 capsules, one a bone (joint i and its parent), for contact and penetration between two hands. The tips are points
// of the skin, so the last capsule of a finger ends with its cap there, not with its axis.
inline constexpr int64_t kBones = 20;

// (20) m; bone i ends at joint i + 1.
torch::Tensor bone_radii(torch::Device device = torch::kCPU, torch::Dtype dtype = torch::kFloat32);

// Signed distance between the surfaces of every right and every left capsule (B,20,20) m, negative where they overlap.
// joints (B,21,3) of both hands in one frame. Differentiable.
torch::Tensor capsule_distances(const PerHand<torch::Tensor>& joints);

// Mean over the batch of the summed squared overlap depth (m^2 -> returned in m^2); zero for separated hands. Differentiable.
torch::Tensor penetration_loss(const PerHand<torch::Tensor>& joints);

}  // namespace interprior
