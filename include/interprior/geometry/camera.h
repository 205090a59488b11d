#pragma once
#include <array>
#include <cstdint>

#include "interprior/base/tensor.h"
#include "interprior/geometry/rigid_transform.h"

// Cameras: pinhole, OpenCV axes (x right, y down, z forward), pixel centres at integer coordinates.
namespace interprior {

inline constexpr double kNearPlane = 0.01;  // m: nearer faces are not rendered, nearer predicted points are clamped to it
// px, of a camera that is given: its focal lengths, and the largest absolute value of all its numbers.
inline constexpr double kSmallestFocal = 1e-3, kLargestCamera = 1e7;
inline constexpr bool is_focal_length(double px) { return px >= kSmallestFocal && px <= kLargestCamera; }

// One camera as plain numbers, for code without tensors (loader, rasteriser).
struct Pinhole {
  double fx = 1, fy = 1, cx = 0, cy = 0;  // px
  int64_t width = 0, height = 0;          // px

  std::array<double, 2> project(const Vector3& x_in_camera) const;  // px; requires z > 0
  Vector3 direction(double u, double v) const;                      // unit ray through a pixel
  Matrix3 matrix() const;                                           // K
};

// B cameras on a device.
struct Camera {
  torch::Tensor focal;                 // (B,2) px
  torch::Tensor principal;             // (B,2) px
  torch::Tensor camera_from_original;  // (B,3,3) rotation from original to crop camera coordinates; identity without a crop

  // (B,N,3) m -> (B,N,2) px. Depths are clamped to at least kNearPlane, so that losses of bad predictions stay finite.
  torch::Tensor project(const torch::Tensor& points_in_camera) const;
  Camera to(torch::Device device) const;
};

// Root position (m) from the weak-perspective camera (s, tx, ty) that the networks predict: depth Z = 2 f / (S s),
// X = Z (tx S / 2) / f and Y = Z (ty S / 2) / f, for a crop of S px with focal length f and the principal point at its centre.
// s in 1/m, positive; tx, ty in units of half the crop size. If fx and fy differ, Z and X use fx and Y uses fy.
torch::Tensor root_from_view_camera(const torch::Tensor& s_tx_ty, const Camera& camera, int64_t crop_size);  // (B,3) -> (B,3) m
// The inverse.
torch::Tensor view_camera_from_root(const torch::Tensor& root_in_camera, const Camera& camera, int64_t crop_size);

}  // namespace interprior
