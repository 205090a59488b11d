#include "interprior/hand/pose.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/zeros_like.h>

#include "interprior/base/full_precision.h"
#include "interprior/base/shape.h"
#include "interprior/geometry/rotation.h"

namespace interprior {
namespace {

torch::Tensor turned(const torch::Tensor& rotation, const torch::Tensor& vector) {
  return rotation.matmul(vector.unsqueeze(-1)).squeeze(-1);
}

torch::Tensor wrist_and_fingers(const torch::Tensor& wrist, const torch::Tensor& fingers) {
  return at::cat({wrist.unsqueeze(1), fingers}, 1);
}

void check_pose(ShapeCheck& check, const HandPose& pose) {
  check(pose.rotations, "rotations", {"B", 16, 3, 3});
  check(pose.shape, "shape", {"B", 10});
  check(pose.wrist_in_root, "wrist_in_root", {"B", 3});
}

void check_interaction(ShapeCheck& check, const Interaction& interaction) {
  for (const Side side : kSides) {
    check(interaction.fingers[side], "fingers", {"B", 15, 3, 3});
    check(interaction.shape[side], "shape", {"B", 10});
  }
  check(interaction.left_from_right, "left_from_right", {"B", 3, 3});
  check(interaction.left_in_right, "left_in_right", {"B", 3});
}

torch::Tensor select_where(const torch::Tensor& where, const torch::Tensor& a, const torch::Tensor& b) {
  std::vector<int64_t> sizes(static_cast<size_t>(a.dim()), 1);
  sizes[0] = -1;
  return torch::where(where.view(sizes), a, b);
}

}  // namespace

PerHand<HandPose> pose_from(const Interaction& interaction, const torch::Tensor& right_rotation) {
  const FullPrecision full_precision;
  ShapeCheck check("pose_from");
  check_interaction(check, interaction);
  check(right_rotation, "right_rotation", {"B", 3, 3});
  const torch::Tensor left_rotation = right_rotation.matmul(interaction.left_from_right);
  const torch::Tensor tau = turned(right_rotation, interaction.left_in_right);
  return {{wrist_and_fingers(right_rotation, interaction.fingers.right), interaction.shape.right, at::zeros_like(tau)},
          {wrist_and_fingers(left_rotation, interaction.fingers.left), interaction.shape.left, tau}};
}

Interaction interaction_from(const PerHand<HandPose>& pose) {
  const FullPrecision full_precision;
  ShapeCheck check("interaction_from");
  for (const Side side : kSides) check_pose(check, pose[side]);
  const torch::Tensor right_from_root = pose.right.rotations.select(1, 0).transpose(1, 2);
  const torch::Tensor tau = pose.left.wrist_in_root - pose.right.wrist_in_root;
  return {{pose.right.rotations.slice(1, 1), pose.left.rotations.slice(1, 1)},
          {pose.right.shape, pose.left.shape},
          right_from_root.matmul(pose.left.rotations.select(1, 0)),
          turned(right_from_root, tau)};
}

Interaction mirrored(const Interaction& interaction) {
  ShapeCheck check("mirrored");
  check_interaction(check, interaction);
  const torch::Tensor right_from_left = interaction.left_from_right.transpose(1, 2);
  return {{mirror_rotation(interaction.fingers.left), mirror_rotation(interaction.fingers.right)},
          {interaction.shape.left, interaction.shape.right},
          mirror_rotation(right_from_left),
          -mirror_vector(turned(right_from_left, interaction.left_in_right))};
}

PerHand<HandPose> mirrored(const PerHand<HandPose>& pose) {
  ShapeCheck check("mirrored");
  for (const Side side : kSides) check_pose(check, pose[side]);
  const torch::Tensor tau = pose.left.wrist_in_root - pose.right.wrist_in_root;
  return {{mirror_rotation(pose.left.rotations), pose.left.shape, at::zeros_like(tau)},
          {mirror_rotation(pose.right.rotations), pose.right.shape, -mirror_vector(tau)}};
}

HandPose rows(const HandPose& pose, const torch::Tensor& index) {
  return {pose.rotations.index_select(0, index), pose.shape.index_select(0, index), pose.wrist_in_root.index_select(0, index)};
}

HandPose to(const HandPose& pose, torch::Device device) {
  return {pose.rotations.to(device), pose.shape.to(device), pose.wrist_in_root.to(device)};
}

PerHand<HandPose> to(const PerHand<HandPose>& pose, torch::Device device) {
  return {to(pose.right, device), to(pose.left, device)};
}

Interaction to(const Interaction& interaction, torch::Device device) {
  return {{interaction.fingers.right.to(device), interaction.fingers.left.to(device)},
          {interaction.shape.right.to(device), interaction.shape.left.to(device)},
          interaction.left_from_right.to(device),
          interaction.left_in_right.to(device)};
}

Interaction select_where(const torch::Tensor& where, const Interaction& a, const Interaction& b) {
  Interaction result;
  for (const Side side : kSides) {
    result.fingers[side] = select_where(where, a.fingers[side], b.fingers[side]);
    result.shape[side] = select_where(where, a.shape[side], b.shape[side]);
  }
  result.left_from_right = select_where(where, a.left_from_right, b.left_from_right);
  result.left_in_right = select_where(where, a.left_in_right, b.left_in_right);
  return result;
}

}  // namespace interprior
