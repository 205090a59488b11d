#pragma once
#include <torch/types.h>

namespace interprior {

// Which joints (B,J) bool no surface hides from the camera: joints_in_camera (B,J,3) m, joints_in_image (B,J,2) px, and points of
// all surfaces likewise (B,P,3), (B,P,2), about one a cell. A joint lies inside its own flesh, so only a point within `reach` px
// of it and more than 2 cm nearer to the camera hides it.
torch::Tensor visible_joints(const torch::Tensor& joints_in_camera, const torch::Tensor& joints_in_image,
                             const torch::Tensor& points_in_camera, const torch::Tensor& points_in_image, double reach);

}  // namespace interprior
