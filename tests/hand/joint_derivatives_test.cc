#include "interprior/hand/joint_derivatives.h"

#include <gtest/gtest.h>
#include <torch/autograd.h>

#include "interprior/geometry/rotation.h"
#include "interprior/hand/mano_layer.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "random_hand.h"
#include "support/tensor_near.h"

// Compares JointModel with the MANO layer and with autograd through it.
namespace interprior {
namespace {

HandPose at_origin(HandPose pose) {
  torch::Tensor rotations = pose.rotations.clone();
  rotations.select(1, 0).copy_(torch::eye(3, rotations.options()));
  return {rotations, pose.shape, torch::zeros_like(pose.wrist_in_root)};
}

void expect_the_layers_derivatives(const ManoModel& model, Side side, RandomHand& random) {
  const JointModel joints(model, side);
  const ManoLayer layer(model, side, torch::kCPU, torch::kFloat64);
  const HandPose pose = at_origin(random.pose(3));
  const torch::Tensor fingers = pose.rotations.slice(1, 1);
  const MovingJoints moving = joints(fingers, pose.shape);
  EXPECT_THAT(moving.joints, TensorNear(layer(pose).joints_in_root, 1e-12));
  EXPECT_TRUE(torch::equal(joints.joints(fingers, pose.shape), moving.joints));

  const torch::Tensor turn = torch::zeros({3, 15, 3}, torch::kFloat64).requires_grad_(true);
  const torch::Tensor shape = pose.shape.detach().clone().requires_grad_(true);
  const torch::Tensor moved = torch::cat({pose.rotations.slice(1, 0, 1), fingers.matmul(matrix_from_axis_angle(turn))}, 1);
  const torch::Tensor reached = layer({moved, shape, pose.wrist_in_root}).joints_in_root;
  for (int64_t joint = 0; joint < 21; ++joint)
    for (int64_t axis = 0; axis < 3; ++axis) {
      const auto slope = torch::autograd::grad({reached.select(1, joint).select(1, axis).sum()}, {turn, shape}, {}, true);
      EXPECT_THAT(moving.by_rotation.select(1, joint).select(1, axis), TensorNear(slope[0], 1e-11)) << joint << " " << axis;
      EXPECT_THAT(moving.by_shape.select(1, joint).select(1, axis), TensorNear(slope[1], 1e-11)) << joint << " " << axis;
    }
}

TEST(JointModel, HasTheDerivativesOfTheManoLayer) {
  RandomHand random(11);
  expect_the_layers_derivatives(random.model(40), Side::right, random);
  expect_the_layers_derivatives(procedural_hand().hand.left, Side::left, random);
}

TEST(JointModel, HasTheRestKnuckleOfTheManoLayer) {
  RandomHand random(12);
  const ManoModel model = random.model(30);
  const JointModel joints(model, Side::right);
  const ManoLayer layer(model, Side::right, torch::kCPU, torch::kFloat64);
  const torch::Tensor shape = random.normal({4, 10});
  EXPECT_THAT(joints.rest_middle_mcp(shape), TensorNear(layer.rest_middle_mcp(shape), 1e-12));
  EXPECT_THAT(joints.rest_middle_mcp(shape) - joints.rest_middle_mcp(torch::zeros_like(shape)),
              TensorNear(shape.matmul(joints.rest_knuckle_by_shape().t()), 1e-12));
}

}  // namespace
}  // namespace interprior
