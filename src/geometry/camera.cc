#include "interprior/geometry/camera.h"

#include <torch/types.h>

#include <cmath>

#include "interprior/base/shape.h"

namespace interprior {

std::array<double, 2> Pinhole::project(const Vector3& x_in_camera) const {
  return {fx * x_in_camera[0] / x_in_camera[2] + cx, fy * x_in_camera[1] / x_in_camera[2] + cy};
}

Vector3 Pinhole::direction(double u, double v) const {
  const double x = (u - cx) / fx, y = (v - cy) / fy;
  const double length = std::sqrt(x * x + y * y + 1);
  return {x / length, y / length, 1 / length};
}

Matrix3 Pinhole::matrix() const { return Matrix3{{fx, 0, cx}, {0, fy, cy}, {0, 0, 1}}; }

torch::Tensor Camera::project(const torch::Tensor& points_in_camera) const {
  ShapeCheck("Camera::project")(points_in_camera, "points_in_camera", {"B", "N", 3})(focal, "focal", {"B", 2})(
      principal, "principal", {"B", 2});
  const torch::Tensor depth = points_in_camera.narrow(-1, 2, 1).clamp_min(kNearPlane);
  return points_in_camera.narrow(-1, 0, 2) / depth * focal.unsqueeze(1) + principal.unsqueeze(1);
}

Camera Camera::to(torch::Device device) const {
  return {focal.to(device), principal.to(device), camera_from_original.to(device)};
}

torch::Tensor root_from_view_camera(const torch::Tensor& s_tx_ty, const Camera& camera, int64_t crop_size) {
  ShapeCheck("root_from_view_camera")(s_tx_ty, "s_tx_ty", {"B", 3})(camera.focal, "focal", {"B", 2});
  const double half = static_cast<double>(crop_size) / 2;
  const torch::Tensor depth = camera.focal.narrow(-1, 0, 1) / (half * s_tx_ty.narrow(-1, 0, 1));
  return torch::cat({depth * half * s_tx_ty.narrow(-1, 1, 2) / camera.focal, depth}, -1);
}

torch::Tensor view_camera_from_root(const torch::Tensor& root_in_camera, const Camera& camera, int64_t crop_size) {
  ShapeCheck("view_camera_from_root")(root_in_camera, "root_in_camera", {"B", 3})(camera.focal, "focal", {"B", 2});
  const double half = static_cast<double>(crop_size) / 2;
  const torch::Tensor half_depth = half * root_in_camera.narrow(-1, 2, 1);
  return torch::cat({camera.focal.narrow(-1, 0, 1), camera.focal * root_in_camera.narrow(-1, 0, 2)}, -1) / half_depth;
}

}  // namespace interprior
