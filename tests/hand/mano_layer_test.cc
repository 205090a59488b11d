#include "interprior/hand/mano_layer.h"

#include <ATen/autocast_mode.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <set>

#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/hand/skeleton.h"
#include "random_hand.h"
#include "support/numerical_gradient.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

ManoLayer exact(const ManoModel& model, Side side = Side::right) { return ManoLayer(model, side, torch::kCPU, torch::kFloat64); }

torch::Tensor rest_joints(const ManoModel& model) { return model.J_regressor.matmul(model.v_template); }

HandPose rest_pose(int64_t batch) {
  return {torch::eye(3, torch::kFloat64).expand({batch, 16, 3, 3}).clone(), torch::zeros({batch, 10}, torch::kFloat64),
          torch::zeros({batch, 3}, torch::kFloat64)};
}

const HandModel& procedural() {
  static const HandModel model = procedural_hand();
  return model;
}

TEST(ManoLayer, ZeroPoseIsTheTemplateAboutItsWrist) {
  const ManoModel model = RandomHand(1).model(50);
  const HandMesh mesh = exact(model)(rest_pose(2));
  const torch::Tensor joints = rest_joints(model);
  for (int64_t row = 0; row < 2; ++row) {
    EXPECT_THAT(mesh.vertices_in_root[row], TensorNear(model.v_template - joints[0], 1e-14));
    for (int64_t ours = 0; ours < kJoints; ++ours) {
      const int64_t native = kFromMano[ours];
      const torch::Tensor expected = native < 16 ? joints[native] : model.v_template[model.tips[native - 16].item<int64_t>()];
      EXPECT_THAT(mesh.joints_in_root[row][ours], TensorNear(expected - joints[0], 1e-14)) << kJointNames[ours];
    }
  }
}

TEST(ManoLayer, GradientOfARandomModel) {
  RandomHand random(2);
  const ManoLayer layer = exact(random.model(50));
  const HandPose pose = random.pose(2);
  const torch::Tensor at_vertices = random.normal({2, 50, 3}), at_joints = random.normal({2, 21, 3});
  const auto score = [&](const HandPose& p) {
    const HandMesh mesh = layer(p);
    return (mesh.vertices_in_root * at_vertices).sum() + (mesh.joints_in_root * at_joints).sum();
  };
  // The layer is a polynomial in the matrices' entries, so they need not be rotations here.
  const auto of_rotations = [&](const torch::Tensor& x) { return score({x, pose.shape, pose.wrist_in_root}); };
  const auto of_shape = [&](const torch::Tensor& x) { return score({pose.rotations, x, pose.wrist_in_root}); };
  const auto of_wrist = [&](const torch::Tensor& x) { return score({pose.rotations, pose.shape, x}); };
  const torch::Tensor rotations_slope = numerical_gradient(of_rotations, pose.rotations);
  EXPECT_THAT(autograd_gradient(of_rotations, pose.rotations), TensorNear(rotations_slope, 1e-7));
  const torch::Tensor shape_slope = numerical_gradient(of_shape, pose.shape);
  EXPECT_THAT(autograd_gradient(of_shape, pose.shape), TensorNear(shape_slope, 1e-7));
  const torch::Tensor wrist_slope = numerical_gradient(of_wrist, pose.wrist_in_root);
  EXPECT_THAT(autograd_gradient(of_wrist, pose.wrist_in_root), TensorNear(wrist_slope, 1e-7));
}

TEST(ManoLayer, GradientOfTheProceduralHandByAxisAngle) {
  RandomHand random(3);
  const ManoLayer layer = exact(procedural().hand.left, Side::left);
  const torch::Tensor weight = random.normal({1, layer.vertex_count(), 3}), zero = torch::zeros({1, 3}, torch::kFloat64);
  const auto score = [&](const torch::Tensor& x) {
    const torch::Tensor rotations = matrix_from_axis_angle(x.slice(0, 0, 48).view({1, 16, 3}));
    return (layer({rotations, x.slice(0, 48).view({1, 10}), zero}).vertices_in_root * weight).sum();
  };
  const torch::Tensor x = random.normal({58}, 0.7);
  EXPECT_THAT(autograd_gradient(score, x), TensorNear(numerical_gradient(score, x), 1e-6));
  const torch::Tensor rest = torch::zeros({58}, torch::kFloat64);
  EXPECT_THAT(autograd_gradient(score, rest), TensorNear(numerical_gradient(score, rest), 1e-6));
}

TEST(ManoLayer, RotatingTheWristRotatesTheHandAboutIt) {
  RandomHand random(4);
  const ManoLayer layer = exact(random.model(50));
  const HandPose pose = random.pose(3);
  const torch::Tensor turn = random.rotations(3, 1).squeeze(1), shift = random.normal({3, 3});
  HandPose moved = pose;
  moved.rotations = pose.rotations.clone();
  moved.rotations.select(1, 0) = turn.matmul(pose.rotations.select(1, 0));
  moved.wrist_in_root = pose.wrist_in_root + shift;
  const HandMesh before = layer(pose), after = layer(moved);
  const auto rigid = [&](const torch::Tensor& points) {
    const torch::Tensor wrist = pose.wrist_in_root.unsqueeze(1);
    return (points - wrist).matmul(turn.transpose(1, 2)) + wrist + shift.unsqueeze(1);
  };
  EXPECT_THAT(after.vertices_in_root, TensorNear(rigid(before.vertices_in_root), 1e-13));
  EXPECT_THAT(after.joints_in_root, TensorNear(rigid(before.joints_in_root), 1e-13));
}

TEST(ManoLayer, LeftHandOfTheMirroredPoseIsTheMirrorImage) {
  RandomHand random(5);
  ManoModel small = random.model(50);
  for (const PerHand<ManoModel>& hand : {procedural().hand, PerHand<ManoModel>{small, mirror_image(small)}}) {
    const PerHand<ManoLayer> layer = {exact(hand.right), exact(hand.left, Side::left)};
    const PerHand<HandPose> pose = pose_from(random.interaction(2), random.rotations(2, 1).squeeze(1));
    const PerHand<HandPose> image = mirrored(pose);
    const torch::Tensor new_root = pose.left.wrist_in_root.unsqueeze(1);
    for (const Side side : kSides) {
      const HandMesh mesh = layer[side](pose[side]), reflection = layer[other(side)](image[other(side)]);
      EXPECT_THAT(reflection.vertices_in_root, TensorNear(mirror_vector(mesh.vertices_in_root - new_root), 1e-13));
      EXPECT_THAT(reflection.joints_in_root, TensorNear(mirror_vector(mesh.joints_in_root - new_root), 1e-13));
    }
  }
}

TEST(ManoLayer, AJointMovesItsDescendantsAndNothingElse) {
  RandomHand random(6);
  const ManoLayer layer = exact(procedural().hand.right);
  const torch::Tensor before = layer(rest_pose(1)).joints_in_root[0];
  for (int64_t ours = 0; ours < kJoints; ++ours) {
    if (kFromMano[ours] >= kManoJoints) continue;  // tips do not rotate
    HandPose pose = rest_pose(1);
    pose.rotations[0][kFromMano[ours]] = random.rotations(1, 1)[0][0];
    const torch::Tensor moved = (layer(pose).joints_in_root[0] - before).norm(2, {1});
    for (int64_t joint = 0; joint < kJoints; ++joint) {
      bool descends = false;
      for (int64_t up = kParents[joint]; up >= 0; up = kParents[up]) descends = descends || up == ours;
      EXPECT_EQ(moved[joint].item<double>() > 1e-3, descends) << kJointNames[ours] << " moves " << kJointNames[joint];
    }
  }
}

TEST(ManoLayer, RestBonesAreLinearInTheShapeAndRotateWithTheWrist) {
  RandomHand random(7);
  const ManoModel model = random.model(50);
  const ManoLayer layer = exact(model);
  const HandPose pose = random.pose(3);
  const torch::Tensor shaped = model.v_template + model.shapedirs.matmul(pose.shape[1]);
  EXPECT_THAT(layer.rest_wrist(pose.shape)[1], TensorNear(model.J_regressor.matmul(shaped)[0], 1e-14));
  const torch::Tensor joints = layer(pose).joints_in_root;
  const torch::Tensor turned = pose.rotations.select(1, 0).matmul(layer.rest_middle_mcp(pose.shape).unsqueeze(-1)).squeeze(-1);
  EXPECT_THAT(joints.select(1, kMiddleMcp) - joints.select(1, kWrist), TensorNear(turned, 1e-13));
}

TEST(ManoLayer, RegressedJointsEqualTheChainOnlyAtRest) {
  RandomHand random(8);
  const ManoLayer layer = exact(procedural().hand.right);
  const HandMesh rest = layer(rest_pose(1));
  EXPECT_THAT(layer.regress_joints(rest.vertices_in_root), TensorNear(rest.joints_in_root, 1e-12));
  HandPose curled = rest_pose(1);
  curled.rotations.slice(1, 1) = matrix_from_axis_angle(2 * procedural().hand.right.hands_mean.view({1, 15, 3}));
  const HandMesh mesh = layer(curled);
  const torch::Tensor difference = (layer.regress_joints(mesh.vertices_in_root) - mesh.joints_in_root).norm(2, {2})[0];
  EXPECT_GT(difference.max().item<double>(), 1e-4);
  EXPECT_LT(difference.max().item<double>(), 8e-3);
  for (const int64_t tip : kTips) EXPECT_EQ(difference[tip].item<double>(), 0);
}

TEST(ManoLayer, RowsOfABatchAreIndependent) {
  RandomHand random(9);
  const ManoLayer layer = exact(random.model(50));
  const HandPose pose = random.pose(3);
  const HandMesh together = layer(pose), alone = layer(rows(pose, torch::tensor({2}, torch::kInt64)));
  EXPECT_THAT(together.vertices_in_root.slice(0, 2), TensorNear(alone.vertices_in_root, 1e-14));
  EXPECT_EQ(layer(rows(pose, torch::empty({0}, torch::kInt64))).vertices_in_root.sizes(), (std::vector<int64_t>{0, 50, 3}));
}

TEST(ManoLayer, SinglePrecisionIsExactToAMicrometre) {
  RandomHand random(10);
  const HandPose pose = random.pose(4);
  const HandMesh reference = exact(procedural().hand.right)(pose);
  const HandMesh single = ManoLayer(procedural().hand.right, Side::right)(pose);
  EXPECT_EQ(single.vertices_in_root.scalar_type(), torch::kFloat32);
  EXPECT_THAT(single.vertices_in_root, TensorNear(reference.vertices_in_root, 1e-6));
}

TEST(ManoLayer, AutocastDoesNotReduceItsPrecision) {
  RandomHand random(11);
  const ManoLayer layer(procedural().hand.right, Side::right);
  const HandPose pose = random.pose(2);
  const HandMesh expected = layer(pose);
  at::autocast::set_autocast_enabled(at::kCPU, true);
  const HandMesh actual = layer(pose);
  at::autocast::set_autocast_enabled(at::kCPU, false);
  EXPECT_THAT(actual.vertices_in_root, TensorNear(expected.vertices_in_root, 0));
  EXPECT_THAT(actual.joints_in_root, TensorNear(expected.joints_in_root, 0));
}

TEST(ManoLayer, RefusesWrongShapesDevicesAndModels) {
  RandomHand random(12);
  ManoModel model = random.model(50);
  const ManoLayer layer = exact(model);
  HandPose pose = random.pose(2);
  pose.rotations = random.normal({2, 16, 3});
  EXPECT_THAT([&] { layer(pose); }, ThrowsError(HasSubstr("rotations")));
  pose = random.pose(2);
  pose.shape = random.normal({3, 10});
  EXPECT_THAT([&] { layer(pose); }, ThrowsError(HasSubstr("shape")));
  pose = to(random.pose(2), torch::kMeta);
  EXPECT_THAT([&] { layer(pose); }, ThrowsError(HasSubstr("meta")));
  EXPECT_THAT([&] { layer.regress_joints(random.normal({2, 49, 3})); }, ThrowsError(HasSubstr("vertices")));
  model.weights = model.weights.slice(0, 0, 49);
  EXPECT_THAT([&] { exact(model); }, ThrowsError(HasSubstr("right/weights")));
}

TEST(TwoHands, EachSideHasItsOwnLayer) {
  RandomHand random(13);
  const TwoHands hands(procedural(), torch::kCPU, torch::kFloat64);
  EXPECT_EQ(hands.source, "procedural");
  const PerHand<HandPose> pose = {random.pose(1), random.pose(1)};
  const PerHand<HandMesh> mesh = hands(pose);
  for (const Side side : kSides) {
    EXPECT_EQ(hands.layer[side].side(), side);
    EXPECT_THAT(mesh[side].vertices_in_root, TensorNear(exact(procedural().hand[side], side)(pose[side]).vertices_in_root, 0));
  }
}

}  // namespace
}  // namespace interprior
