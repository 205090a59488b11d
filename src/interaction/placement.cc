#include "placement.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <Eigen/Geometry>
#include <utility>

#include "interprior/hand/contact.h"

namespace interprior {
namespace {

Matrix3d rotation_of(const float* axis_angle) {
  const Vector3d vector(axis_angle[0], axis_angle[1], axis_angle[2]);
  const double angle = vector.norm();
  return angle < 1e-12 ? Matrix3d(Matrix3d::Identity()) : Eigen::AngleAxisd(angle, vector / angle).toRotationMatrix();
}

}  // namespace

Placement mirrored(const Placement& placement) {
  const Matrix3d mirror = Vector3d(-1, 1, 1).asDiagonal();
  const Matrix3d left = placement.right_rotation * placement.left_from_right;
  return {mirror * left * mirror, mirror * placement.left_from_right.transpose() * mirror,
          -mirror * placement.left_from_right.transpose() * placement.knuckle_in_right};
}

Placements::Placements(Patterns interactions, const PerHand<HandChain>& chains, const TwoHands& hands)
    : interactions_(std::move(interactions)),
      chains_(chains),
      hands_(hands),
      touching_(static_cast<size_t>(interactions_.size())) {
  for (torch::Tensor* column : {&interactions_.pose, &interactions_.shape, &interactions_.translation})
    *column = column->to(torch::kFloat32).contiguous();
  interactions_.split = interactions_.split.contiguous();
  for (int64_t row = 0; row < size(); ++row) splits_[static_cast<size_t>(split(row))].push_back(row);
}

int64_t Placements::draw(int64_t split, Random& random) const {
  const auto& rows = splits_[static_cast<size_t>(split)];
  return rows[static_cast<size_t>(random.integer(static_cast<int64_t>(rows.size())))];
}

Placement Placements::at(int64_t row) const {
  PerHand<Matrix3d> rotation;
  PerHand<Vector3d> knuckle;
  for (const Side side : kSides) {
    const int64_t own = 2 * row + static_cast<int64_t>(side);
    ShapeNumbers shape;
    std::copy_n(interactions_.shape.const_data_ptr<float>() + 10 * own, shape.size(), shape.begin());
    const Joints rest = chains_[side].rest(shape);
    const float* translation = interactions_.translation.const_data_ptr<float>() + 3 * own;
    rotation[side] = rotation_of(interactions_.pose.const_data_ptr<float>() + 48 * own);
    knuckle[side] = rest[kWrist] + Vector3d(translation[0], translation[1], translation[2]) +
                    rotation[side] * (rest[kMiddleMcp] - rest[kWrist]);
  }
  const Matrix3d back = rotation.right.transpose();
  return {rotation.right, back * rotation.left, back * (knuckle.left - knuckle.right)};
}

bool Placements::touching(int64_t row) const {
  std::atomic<int8_t>& known = touching_[static_cast<size_t>(row)];
  if (known == 0) {
    const torch::NoGradGuard no_grad;
    const auto one = [&](const torch::Tensor& column) { return column.slice(0, row, row + 1); };
    const PatternBatch batch = {one(interactions_.pose), one(interactions_.shape), one(interactions_.translation)};
    const SurfaceContact contact = surface_contact(hands_(pose_from(batch, hands_)), hands_);
    known = contact.distance.item<double>() < kContactDistance ? 2 : 1;
  }
  return known == 2;
}

}  // namespace interprior
