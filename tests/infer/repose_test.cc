#include "interprior/infer/repose.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <limits>

#include "interprior/geometry/rotation.h"
#include "interprior/infer/left_out.h"
#include "support/tensor_near.h"
#include "tiny_sampler.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

const Reconstructor& reconstructor() {
  static const Reconstructor reconstruct(tiny_sampler(), procedural_model());
  return reconstruct;
}

ReconstructedHands some_hands() {
  ReconstructedHands hands = reconstructor()(random_image(500, 300), cv::Rect(300, 40, 150, 200));
  hands.present = {true, true};
  return hands;
}

torch::Tensor tensor_of(const Mesh& mesh) {
  const auto count = static_cast<int64_t>(mesh.vertices.size());
  return torch::from_blob(const_cast<float*>(mesh.vertices.data()->data()), {count, 3}, torch::kFloat32).clone();
}

TEST(Repose, UnchangedParametersChangeNothingButRounding) {
  const ReconstructedHands before = some_hands();
  ReconstructedHands after = before;
  repose(after, before.mano, reconstructor().hands());
  for (const Side side : kSides) {
    EXPECT_THAT(tensor_of(after.surface[side]), TensorNear(tensor_of(before.surface[side]), 2e-6));
    EXPECT_EQ(after.surface[side].faces, before.surface[side].faces);
    EXPECT_THAT(after.joints_in_camera[side], TensorNear(before.joints_in_camera[side], 2e-6));
    EXPECT_THAT(after.pose[side].rotations, TensorNear(before.pose[side].rotations, 5e-6));
    EXPECT_THAT(after.pose[side].shape, TensorNear(before.pose[side].shape, 1e-7));
    EXPECT_THAT(after.pose[side].wrist_in_root, TensorNear(before.pose[side].wrist_in_root, 1e-6));
    EXPECT_THAT(after.mano[side].pose, TensorNear(before.mano[side].pose, 0));
  }
  EXPECT_THAT(after.right_wrist_in_camera, TensorNear(before.right_wrist_in_camera, 1e-6));
  EXPECT_THAT(after.joint_stddev, TensorNear(before.joint_stddev, 0));
}

// Each hand is the layer's output for its own parameters, and every part of the result is the same hand.
TEST(Repose, EveryPartFollowsTheParameters) {
  ReconstructedHands hands = some_hands();
  const TwoHands& models = reconstructor().hands();
  PerHand<ManoParameters> mano = hands.mano;
  mano.left.pose = mano.left.pose + 0.2 * torch::rand({48});
  mano.left.shape = mano.left.shape + 0.5;
  mano.right.translation = mano.right.translation + torch::tensor({0.02f, -0.01f, 0.03f});
  repose(hands, mano, models);
  for (const Side side : kSides) {
    const torch::Tensor shape = mano[side].shape.unsqueeze(0);
    const torch::Tensor wrist = models.layer[side].rest_wrist(shape) + mano[side].translation;
    const HandMesh mesh =
        models.layer[side]({matrix_from_axis_angle(mano[side].pose.view({1, 16, 3})), shape, torch::zeros({1, 3})});
    EXPECT_THAT(tensor_of(hands.surface[side]), TensorNear(mesh.vertices_in_root[0] + wrist, 2e-6));
    EXPECT_THAT(hands.joints_in_camera[side], TensorNear(mesh.joints_in_root[0] + wrist, 2e-6));
    EXPECT_THAT(hands.pose[side].wrist_in_root[0] + hands.right_wrist_in_camera, TensorNear(wrist[0], 1e-6));
    EXPECT_THAT(hands.mano[side].translation, TensorNear(mano[side].translation, 0));
  }
}

TEST(Repose, RefusedParametersLeaveTheHandsAsTheyWere) {
  ReconstructedHands hands = some_hands();
  const ReconstructedHands before = hands;
  PerHand<ManoParameters> bad = hands.mano;
  bad.left.shape = torch::full({10}, std::numeric_limits<float>::quiet_NaN());
  EXPECT_THAT([&] { repose(hands, bad, reconstructor().hands()); }, ThrowsError(HasSubstr("left hand's parameters")));
  bad = hands.mano;
  bad.right.pose = torch::zeros({45});
  EXPECT_THAT([&] { repose(hands, bad, reconstructor().hands()); }, ThrowsError(HasSubstr("pose")));
  bad = hands.mano;
  bad.left.translation = bad.left.translation - torch::tensor({0.0f, 0.0f, 100.0f});
  EXPECT_THROW(repose(hands, bad, reconstructor().hands()), LeftOut);
  for (const Side side : kSides) {
    EXPECT_EQ(hands.surface[side].vertices, before.surface[side].vertices);
    EXPECT_THAT(hands.mano[side].translation, TensorNear(before.mano[side].translation, 0));
  }
  hands.present.left = false;
  EXPECT_NO_THROW(repose(hands, bad, reconstructor().hands())) << "an absent hand may lie anywhere";
}

}  // namespace
}  // namespace interprior
