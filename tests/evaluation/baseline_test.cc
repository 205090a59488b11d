#include "interprior/evaluation/baseline.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "interprior/evaluation/metrics.h"
#include "interprior/geometry/rotation.h"
#include "metric/hand_sets/random_hand_set.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

double mpjpe(const HandSet& predictions, const HandSet& truth) {
  return summarise(Protocol::intaghand, sample_errors(Protocol::intaghand, predictions, truth, procedural_hands()))
      .at("mpjpe_mm");
}

torch::Tensor rotations(const HandSet& set) { return matrix_from_axis_angle(set.pose.reshape({-1, 2, 16, 3})); }

TEST(Baseline, OfOneSampleIsTheSampleItself) {
  const HandSet truth = random_hand_set(1, 1);
  for (const HandSet& baseline :
       {mean_pose_baseline(truth, procedural_hands()), mean_pose_gt_orientation_baseline(truth, procedural_hands())}) {
    EXPECT_THAT(baseline.pose, TensorNear(truth.pose, 1e-7));
    EXPECT_THAT(baseline.shape, TensorNear(truth.shape, 1e-12));
    EXPECT_THAT(baseline.translation, TensorNear(truth.translation, 1e-12));
    EXPECT_LT(mpjpe(baseline, truth), 1e-3);
  }
}

TEST(Baseline, IsTheChordalMeanOfEachHand) {
  const HandSet truth = random_hand_set(6, 1);
  const HandSet baseline = mean_pose_baseline(truth, procedural_hands());
  EXPECT_EQ(baseline.sample, truth.sample);
  EXPECT_THAT(rotations(baseline)[0], TensorNear(chordal_mean(rotations(truth)), 1e-7));
  EXPECT_THAT(baseline.pose[5], TensorNear(baseline.pose[0], 1e-12));
  EXPECT_THAT(baseline.shape[3], TensorNear(truth.shape.mean(0), 1e-12));
}

TEST(Baseline, HandsAreAtTheMeanOfTau) {
  const HandSet truth = random_hand_set(6, 1);
  const torch::Tensor wrist = chain_joints_of(truth, procedural_hands()).select(2, 0);
  const torch::Tensor mean = chain_joints_of(mean_pose_baseline(truth, procedural_hands()), procedural_hands()).select(2, 0)[0];
  EXPECT_THAT(mean[1] - mean[0], TensorNear((wrist.select(1, 1) - wrist.select(1, 0)).mean(0), 1e-12));
}

TEST(Baseline, TheGroundTruthWristKeepsItsRotationAndPosition) {
  const HandSet truth = random_hand_set(6, 1);
  const HandSet baseline = mean_pose_gt_orientation_baseline(truth, procedural_hands());
  EXPECT_THAT(rotations(baseline).select(2, 0), TensorNear(rotations(truth).select(2, 0), 1e-7));
  EXPECT_THAT(chain_joints_of(baseline, procedural_hands()).select(2, 0),
              TensorNear(chain_joints_of(truth, procedural_hands()).select(2, 0), 1e-12));
  EXPECT_LT(mpjpe(baseline, truth), mpjpe(mean_pose_baseline(truth, procedural_hands()), truth));
}

TEST(Baseline, KeepsBoneLengths) {
  // A mean of joint positions would shrink the hand, and bone scaling would then blow it up.
  HandSet truth = random_hand_set(40, 1);
  truth.shape.zero_();
  const auto bone = [](const HandSet& set) {
    const torch::Tensor joints = chain_joints_of(set, procedural_hands());
    return (joints.select(2, 9) - joints.select(2, 0)).norm(2, {-1});
  };
  EXPECT_THAT(bone(mean_pose_baseline(truth, procedural_hands())), TensorNear(bone(truth), 1e-12));
}

TEST(Baseline, SkipsMissingHands) {
  HandSet truth = random_hand_set(3, 1);
  truth.hand_valid = torch::ones({3, 2}, torch::kBool);
  truth.hand_valid.index_put_({1, 1}, false);
  truth.pose.index_put_({1, 1}, 100.0);
  truth.shape.index_put_({1, 1}, 100.0);
  const HandSet baseline = mean_pose_baseline(truth, procedural_hands());
  const HandSet others = mean_pose_baseline(rows(random_hand_set(3, 1), torch::tensor({0, 2})), procedural_hands());
  EXPECT_THAT(baseline.shape[0][1], TensorNear(others.shape[0][1], 1e-12));
  EXPECT_THAT(baseline.pose[0][1], TensorNear(others.pose[0][1], 1e-9));
}

TEST(Baseline, NeedsParameters) {
  const HandSet meshes = as_meshes(random_hand_set(2, 1));
  EXPECT_THAT([&] { mean_pose_baseline(meshes, procedural_hands()); }, ThrowsError(HasSubstr("MANO parameters")));
}

}  // namespace
}  // namespace interprior
