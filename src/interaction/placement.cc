#include "placement.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <utility>

#include "interprior/hand/contact.h"

namespace interprior {
Placement mirrored(const Placement& placement) {
  const Matrix3 right_from_left = placement.left_from_right.transpose();
  return {mirrored(Matrix3(placement.right_rotation * placement.left_from_right)), mirrored(right_from_left),
          -mirrored(Vector3(right_from_left * placement.knuckle_in_right))};
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

int64_t Placements::sample(int64_t split, Random& random) const {
  const auto& rows = splits_[static_cast<size_t>(split)];
  return rows[static_cast<size_t>(random.integer(static_cast<int64_t>(rows.size())))];
}

Placement Placements::at(int64_t row) const {
  PerHand<Matrix3> rotation;
  PerHand<Vector3> knuckle;
  for (const Side side : kSides) {
    const int64_t own = 2 * row + static_cast<int64_t>(side);
    ShapeNumbers shape;
    std::copy_n(interactions_.shape.const_data_ptr<float>() + 10 * own, shape.size(), shape.begin());
    const HandJoints rest = chains_[side].rest(shape);
    const float* translation = interactions_.translation.const_data_ptr<float>() + 3 * own;
    const float* angles = interactions_.pose.const_data_ptr<float>() + 48 * own;
    rotation[side] = rotation_from_axis_angle({angles[0], angles[1], angles[2]});
    knuckle[side] = rest[kWrist] + Vector3(translation[0], translation[1], translation[2]) +
                    rotation[side] * (rest[kMiddleMcp] - rest[kWrist]);
  }
  const Matrix3 back = rotation.right.transpose();
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
