#include "interprior/objective/visible_joints.h"

#include <torch/types.h>

#include "interprior/base/shape.h"

namespace interprior {
namespace {

constexpr double kFlesh = 0.02;  // m, largest distance from a joint to the skin in front of it

}  // namespace

torch::Tensor visible_joints(const torch::Tensor& joints_in_camera, const torch::Tensor& joints_in_image,
                             const torch::Tensor& points_in_camera, const torch::Tensor& points_in_image, double reach) {
  ShapeCheck check("visible_joints");
  check(joints_in_camera, "joints_in_camera", {"B", "J", 3});
  check(joints_in_image, "joints_in_image", {"B", "J", 2});
  check(points_in_camera, "points_in_camera", {"B", "P", 3});
  check(points_in_image, "points_in_image", {"B", "P", 2});
  const auto apart = [&](int64_t axis) {
    return joints_in_image.select(2, axis).unsqueeze(2) - points_in_image.select(2, axis).unsqueeze(1);
  };
  const torch::Tensor near = apart(0).square() + apart(1).square() <= reach * reach;  // (B,J,P)
  const torch::Tensor nearer = points_in_camera.select(2, 2).unsqueeze(1) < joints_in_camera.select(2, 2).unsqueeze(2) - kFlesh;
  return (near & nearer).any(2).logical_not();
}

}  // namespace interprior
