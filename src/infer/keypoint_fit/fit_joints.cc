#include "fit_joints.h"

#include <torch/types.h>

#include "interprior/geometry/rotation.h"

namespace interprior {
namespace {

constexpr int64_t kFingers = 90, kShapes = 10;
constexpr int64_t kShapeAt = 2 * kFingers, kTurnAt = kShapeAt + 2 * kShapes, kPlaceAt = kTurnAt + 6;

// Jacobian (...,3,6) by a 6D representation (...,6) of the tangent w of its Gram-Schmidt rotation: R exp([w]x).
torch::Tensor tangent_by_rot6d(const torch::Tensor& rot6d, const torch::Tensor& rotation) {
  const torch::Tensor a = rot6d.slice(-1, 0, 3), b = rot6d.slice(-1, 3, 6);
  const torch::Tensor x = rotation.select(-1, 0), y = rotation.select(-1, 1), z = rotation.select(-1, 2);
  const torch::Tensor length = a.norm(2, {-1}, true), along = (x * b).sum(-1, true);
  const torch::Tensor across = (b - along * x).norm(2, {-1}, true), zero = torch::zeros_like(x);
  return torch::stack({torch::cat({-along * z / (length * across), z / across}, -1), torch::cat({-z / length, zero}, -1),
                       torch::cat({y / length, zero}, -1)},
                      -2);
}

// Jacobian by tangents (B,21,3,15,3) -> Jacobian by the 6D of the fingers (B,21,3,90).
torch::Tensor by_fingers(const MovingJoints& hand, const torch::Tensor& tangent) {
  return torch::einsum("bjckt,bkts->bjcks", {hand.by_rotation, tangent}).flatten(3);
}

}  // namespace

PairJointModel::PairJointModel(const HandModel& hand, Anchor anchor, torch::Device device)
    : side_{JointModel(hand.hand.right, Side::right, device), JointModel(hand.hand.left, Side::left, device)}, anchor_(anchor) {}

torch::Tensor PairJointModel::joints(const torch::Tensor& state) const {
  const auto of = [&](Side side, int64_t from) {
    const auto row = static_cast<int64_t>(side);
    const torch::Tensor fingers = matrix_from_rot6d(state.slice(1, row * kFingers, (row + 1) * kFingers).unflatten(1, {15, 6}));
    return side_[side].joints(fingers, state.slice(1, from, from + kShapes));
  };
  const torch::Tensor turn = matrix_from_rot6d(state.slice(1, kTurnAt, kPlaceAt));
  const torch::Tensor shape_right = state.slice(1, kShapeAt, kShapeAt + kShapes),
                      shape_left = state.slice(1, kShapeAt + kShapes, kTurnAt);
  torch::Tensor about = of(Side::left, kShapeAt + kShapes), at = state.slice(1, kPlaceAt).unsqueeze(1);
  if (anchor_ == Anchor::knuckle) {
    about = about - side_.left.rest_middle_mcp(shape_left).unsqueeze(1);
    at = at + side_.right.rest_middle_mcp(shape_right).unsqueeze(1);
  }
  return torch::cat({of(Side::right, kShapeAt), torch::matmul(about, turn.transpose(1, 2)) + at}, 1);
}

PairJoints PairJointModel::operator()(const torch::Tensor& state) const {
  const int64_t batch = state.size(0);
  PerHand<MovingJoints> hand;
  PerHand<torch::Tensor> shape;
  torch::Tensor by_state = torch::zeros({batch, 2, kJoints, 3, kStateSize}, state.options());
  for (const Side side : kSides) {
    const auto row = static_cast<int64_t>(side);
    const torch::Tensor rot6d = state.slice(1, row * kFingers, (row + 1) * kFingers).unflatten(1, {15, 6});
    const torch::Tensor fingers = matrix_from_rot6d(rot6d);
    shape[side] = state.slice(1, kShapeAt + row * kShapes, kShapeAt + (row + 1) * kShapes);
    hand[side] = side_[side](fingers, shape[side]);
    by_state.select(1, row)
        .slice(-1, row * kFingers, (row + 1) * kFingers)
        .copy_(by_fingers(hand[side], tangent_by_rot6d(rot6d, fingers)));
    by_state.select(1, row).slice(-1, kShapeAt + row * kShapes, kShapeAt + (row + 1) * kShapes).copy_(hand[side].by_shape);
  }

  // left = R_rel (J - k_L) + k_R + t for anchor knuckle, R_rel J + t for anchor wrist.
  const torch::Tensor rot6d = state.slice(1, kTurnAt, kPlaceAt), turn = matrix_from_rot6d(rot6d);
  torch::Tensor about = hand.left.joints, at = state.slice(1, kPlaceAt).unsqueeze(1);
  torch::Tensor left = by_state.select(1, 1);
  if (anchor_ == Anchor::knuckle) {
    about = about - side_.left.rest_middle_mcp(shape.left).unsqueeze(1);
    at = at + side_.right.rest_middle_mcp(shape.right).unsqueeze(1);
    left.slice(-1, kShapeAt + kShapes, kTurnAt).sub_(side_.left.rest_knuckle_by_shape());
  }
  left.copy_(torch::einsum("bcd,bjds->bjcs", {turn, left}));
  if (anchor_ == Anchor::knuckle) left.slice(-1, kShapeAt, kShapeAt + kShapes).add_(side_.right.rest_knuckle_by_shape());
  left.slice(-1, kPlaceAt).copy_(torch::eye(3, state.options()).expand({batch, kJoints, 3, 3}));
  // R (w x p) = -R [p]x w.
  const torch::Tensor axes = torch::eye(3, state.options()).expand({batch, kJoints, 3, 3});
  const torch::Tensor by_turn = torch::linalg_cross(axes, about.unsqueeze(2).expand_as(axes), -1);  // (B,21,3 of w,3)
  const torch::Tensor tangent = tangent_by_rot6d(rot6d, turn);
  left.slice(-1, kTurnAt, kPlaceAt).copy_(torch::einsum("bcd,bjad,bas->bjcs", {turn, by_turn, tangent}));

  const torch::Tensor left_joints = torch::matmul(about, turn.transpose(1, 2)) + at;
  return {torch::cat({hand.right.joints, left_joints}, 1), by_state.flatten(1, 2)};
}

}  // namespace interprior
