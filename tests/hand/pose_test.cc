#include "interprior/hand/pose.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "random_hand.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

void expect_same(const HandPose& actual, const HandPose& expected) {
  EXPECT_THAT(actual.rotations, TensorNear(expected.rotations, 1e-12));
  EXPECT_THAT(actual.shape, TensorNear(expected.shape, 1e-12));
  EXPECT_THAT(actual.wrist_in_root, TensorNear(expected.wrist_in_root, 1e-12));
}

void expect_same(const Interaction& actual, const Interaction& expected) {
  for (const Side side : kSides) {
    EXPECT_THAT(actual.fingers[side], TensorNear(expected.fingers[side], 1e-12));
    EXPECT_THAT(actual.shape[side], TensorNear(expected.shape[side], 1e-12));
  }
  EXPECT_THAT(actual.left_from_right, TensorNear(expected.left_from_right, 1e-12));
  EXPECT_THAT(actual.left_in_right, TensorNear(expected.left_in_right, 1e-12));
}

TEST(Pose, AViewDoesNotChangeTheInteraction) {
  RandomHand random(1);
  const Interaction interaction = random.interaction(5);
  expect_same(interaction_from(pose_from(interaction, random.rotations(5, 1).squeeze(1))), interaction);
}

TEST(Pose, ComposesTheLeftHandInTheRightWristsFrame) {
  RandomHand random(2);
  const Interaction interaction = random.interaction(1);
  const torch::Tensor view = random.rotations(1, 1).squeeze(1);
  const PerHand<HandPose> pose = pose_from(interaction, view);
  EXPECT_THAT(pose.right.rotations[0][0], TensorNear(view[0], 0));
  EXPECT_THAT(pose.right.wrist_in_root, TensorNear(torch::zeros({1, 3}, torch::kFloat64), 0));
  EXPECT_THAT(pose.left.rotations[0][0], TensorNear(torch::mm(view[0], interaction.left_from_right[0]), 1e-14));
  EXPECT_THAT(pose.left.wrist_in_root[0], TensorNear(torch::mv(view[0], interaction.left_in_right[0]), 1e-14));
}

TEST(Pose, OnlyTheDistanceOfTheWristsMatters) {
  RandomHand random(3);
  PerHand<HandPose> pose = {random.pose(2), random.pose(2)};
  const Interaction before = interaction_from(pose);
  const torch::Tensor shift = random.normal({2, 3});
  for (const Side side : kSides) pose[side].wrist_in_root = pose[side].wrist_in_root + shift;
  expect_same(interaction_from(pose), before);
}

TEST(Pose, MirrorIsItsOwnInverse) {
  RandomHand random(4);
  const Interaction interaction = random.interaction(4);
  expect_same(mirrored(mirrored(interaction)), interaction);
  const PerHand<HandPose> pose = pose_from(interaction, random.rotations(4, 1).squeeze(1));
  const PerHand<HandPose> twice = mirrored(mirrored(pose));
  for (const Side side : kSides) expect_same(twice[side], pose[side]);
}

TEST(Pose, MirrorOfThePoseIsThePoseOfTheMirror) {
  RandomHand random(5);
  const Interaction interaction = random.interaction(4);
  const PerHand<HandPose> pose = pose_from(interaction, random.rotations(4, 1).squeeze(1));
  const PerHand<HandPose> expected = mirrored(pose);
  const PerHand<HandPose> actual = pose_from(mirrored(interaction), mirror_rotation(pose.left.rotations.select(1, 0)));
  for (const Side side : kSides) expect_same(actual[side], expected[side]);
}

TEST(Pose, RowsPicksInTheGivenOrder) {
  RandomHand random(6);
  const HandPose pose = random.pose(4);
  const HandPose picked = rows(pose, torch::tensor({3, 1}, torch::kInt64));
  EXPECT_THAT(picked.rotations, TensorNear(torch::stack({pose.rotations[3], pose.rotations[1]}), 0));
  EXPECT_THAT(picked.shape[1], TensorNear(pose.shape[1], 0));
  EXPECT_THAT(picked.wrist_in_root[0], TensorNear(pose.wrist_in_root[3], 0));
}

TEST(Pose, RefusesAxisAngles) {
  RandomHand random(7);
  Interaction interaction = random.interaction(2);
  interaction.fingers.left = random.normal({2, 15, 3});
  const torch::Tensor view = random.rotations(2, 1).squeeze(1);
  EXPECT_THAT([&] { pose_from(interaction, view); }, ThrowsError(HasSubstr("fingers")));
  EXPECT_THAT([&] { mirrored(interaction); }, ThrowsError(HasSubstr("fingers")));
}

TEST(Pose, RefusesBatchesThatDisagree) {
  RandomHand random(8);
  EXPECT_THAT([&] { pose_from(random.interaction(2), random.rotations(3, 1).squeeze(1)); },
              ThrowsError(HasSubstr("right_rotation")));
  EXPECT_THAT([&] { interaction_from({random.pose(2), random.pose(3)}); }, ThrowsError(HasSubstr("interaction_from")));
}

}  // namespace
}  // namespace interprior
