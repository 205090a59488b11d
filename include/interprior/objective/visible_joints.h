#pragma once
#include <torch/types.h>

namespace interprior {

// Joints (B,J) bool that are not occluded: joints_in_camera (B,J,3) m, joints_in_image (B,J,2) px; points of all surfaces
// (B,P,3) m and (B,P,2) px, about one per cell. A joint is inside its hand, so only a point within `reach` px of the joint and
// more than 2 cm nearer to the camera occludes it.
torch::Tensor visible_joints(const torch::Tensor& joints_in_camera, const torch::Tensor& joints_in_image,
                             const torch::Tensor& points_in_camera, const torch::Tensor& points_in_image, double reach);

}  // namespace interprior
