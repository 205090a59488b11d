#include "interprior/hand/posed_hand.h"

#include <torch/types.h>

#include <algorithm>

namespace interprior {
namespace {

// MANO's 16 joints and the 5 tips of vertices (V,3).
std::array<Vector3, kJoints> native_joints(const torch::Tensor& vertices, const ManoModel& model) {
  const torch::Tensor places = vertices.to(torch::kCPU, torch::kFloat64).contiguous();
  const torch::Tensor regressor = model.J_regressor.to(torch::kCPU, torch::kFloat64);
  const torch::Tensor joints =
      torch::cat({torch::matmul(regressor, places), places.index_select(0, model.tips.to(torch::kCPU))}).contiguous();
  std::array<Vector3, kJoints> native;
  for (size_t i = 0; i < native.size(); ++i) native[i] = Vector3(joints.const_data_ptr<double>() + 3 * i);
  return native;
}

}  // namespace

PosedHand operator*(const RigidTransform& b_from_a, PosedHand hand) {
  hand.rotations[0] = b_from_a.rotation * hand.rotations[0];
  hand.wrist = b_from_a * hand.wrist;
  return hand;
}

PosedHand mirrored(const PosedHand& hand) {
  PosedHand other;
  for (size_t joint = 0; joint < hand.rotations.size(); ++joint) other.rotations[joint] = mirrored(hand.rotations[joint]);
  other.shape = hand.shape;
  other.wrist = mirrored(hand.wrist);
  return other;
}

std::array<double, 48> with_hands_mean(const double* pose, const ManoModel& model, double times) {
  std::array<double, 48> absolute;
  std::copy_n(pose, absolute.size(), absolute.begin());
  const double* mean = model.hands_mean.const_data_ptr<double>();
  for (size_t i = 3; i < absolute.size(); ++i) absolute[i] += times * mean[i - 3];
  return absolute;
}

std::array<RigidTransform, kManoJoints> wrist_from_joints(const ManoJoints& rest, const Rotations& rotations) {
  std::array<RigidTransform, kManoJoints> transforms;
  transforms[0].rotation = rotations[0];
  for (size_t i = 1; i < transforms.size(); ++i) {
    const auto parent = static_cast<size_t>(kManoParents[i]);
    const RigidTransform& before = transforms[parent];
    transforms[i] = {before.rotation * rotations[i], before * Vector3(rest[i] - rest[parent])};
  }
  return transforms;
}

RestJoints::RestJoints(const ManoModel& model) : template_(native_joints(model.v_template, model)) {
  for (size_t k = 0; k < basis_.size(); ++k) basis_[k] = native_joints(model.shapedirs.select(2, static_cast<int64_t>(k)), model);
}

RestJoints::Native RestJoints::native(const ShapeNumbers& shape) const {
  Native joints = template_;
  for (size_t k = 0; k < shape.size(); ++k)
    for (size_t i = 0; i < joints.size(); ++i) joints[i] += shape[k] * basis_[k][i];
  return joints;
}

ManoJoints RestJoints::joints(const ShapeNumbers& shape) const {
  const Native all = native(shape);
  ManoJoints joints;
  std::copy_n(all.begin(), joints.size(), joints.begin());
  return joints;
}

HandJoints RestJoints::with_tips(const ShapeNumbers& shape) const {
  const Native all = native(shape);
  HandJoints joints;
  for (size_t i = 0; i < joints.size(); ++i) joints[i] = all[static_cast<size_t>(kFromMano[i])];
  return joints;
}

}  // namespace interprior
