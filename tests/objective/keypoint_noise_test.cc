#include "interprior/objective/keypoint_noise.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "support/tensor_near.h"

namespace interprior {
namespace {

constexpr KeypointNoiseConfig kSure = {0, 0, 0, 0, 0, 0};
constexpr int64_t kMany = 400;

// Joints of two clouds, the left one 60 px from the right one.
torch::Tensor clouds(int64_t count) {
  const torch::Tensor beside = torch::cat({torch::zeros({21, 2}), torch::tensor({60.0f, 0.0f}).expand({21, 2})});
  return 100 + 20 * normal_tensor({count, 42, 2}, Seed{1}) + beside;
}
torch::Tensor all(int64_t count) { return torch::ones({count, 42}, torch::kBool); }
torch::Tensor moved(const FoundJoints& joints, const torch::Tensor& truth) { return (joints.place - truth).norm(2, {2}) > 1e-3; }

TEST(KeypointNoise, WithoutErrorsEveryJointIsDetectedAtItsPosition) {
  const FoundJoints joints = detected(kSure, clouds(5), all(5).logical_not(), Seed{2});
  EXPECT_TRUE(torch::equal(joints.place, clouds(5)));
  EXPECT_TRUE(joints.found.all().item<bool>());
}

TEST(KeypointNoise, DependsOnItsSeedAndNotOnTheBatch) {
  const KeypointNoiseConfig noise;
  const torch::Tensor truth = clouds(9), visible = normal_tensor({9, 42}, Seed{3}) > 0;
  const FoundJoints whole = detected(noise, truth, visible, Seed{4});
  const FoundJoints first = detected(noise, truth.slice(0, 0, 4), visible.slice(0, 0, 4), {Seed{4}, 0});
  const FoundJoints rest = detected(noise, truth.slice(0, 4), visible.slice(0, 4), {Seed{4}, 4});
  EXPECT_TRUE(torch::equal(whole.place, torch::cat({first.place, rest.place})));
  EXPECT_TRUE(torch::equal(whole.found, torch::cat({first.found, rest.found})));
  EXPECT_FALSE(torch::equal(whole.place, detected(noise, truth, visible, Seed{5}).place));
}

TEST(KeypointNoise, PositionNoiseIsAFractionOfTheHandsSize) {
  KeypointNoiseConfig noise = kSure;
  noise.off = 0.05;
  const torch::Tensor truth = clouds(kMany), size = (truth.amax(1) - truth.amin(1)).amax(1);
  const torch::Tensor off =
      ((detected(noise, truth, all(kMany), Seed{6}).place - truth) / size.view({-1, 1, 1})).std({1, 2}, true);
  EXPECT_LT(off.max().item<double>(), 0.065);
  EXPECT_NEAR(off.mean().item<double>(), 0.025, 0.003);
  EXPECT_LT(off.min().item<double>(), 0.002) << "some samples are sure";
}

TEST(KeypointNoise, MissingJointsAreMoreWhereASurfaceHidesThem) {
  KeypointNoiseConfig noise = kSure;
  noise.missing = 0.2;
  noise.hidden = 0.8;
  torch::Tensor visible = all(kMany);
  visible.slice(1, 0, 10).fill_(false);
  const torch::Tensor found = detected(noise, clouds(kMany), visible, Seed{7}).found.to(torch::kFloat32);
  EXPECT_NEAR(found.slice(1, 21).mean().item<double>(), 0.9, 0.02);
  EXPECT_NEAR(found.slice(1, 0, 10).mean().item<double>(), 0.5, 0.05);
}

TEST(KeypointNoise, WrongJointsLieOnAnotherOrAnywhereNear) {
  KeypointNoiseConfig noise = kSure;
  noise.wrong = 0.5;
  const torch::Tensor truth = clouds(kMany);
  const FoundJoints joints = detected(noise, truth, all(kMany), Seed{8});
  const torch::Tensor wrong = moved(joints, truth);
  EXPECT_NEAR(wrong.to(torch::kFloat32).mean().item<double>(), 0.25, 0.02);
  const torch::Tensor on_another = torch::cdist(joints.place, truth).amin(2) < 1e-3;
  const double share = on_another.logical_and(wrong).sum().item<double>() / wrong.sum().item<double>();
  EXPECT_GT(share, 0.45);
  EXPECT_LT(share, 0.75);
  EXPECT_LT((joints.place - truth.mean(1, true)).abs().max().item<double>(), 400);
}

TEST(KeypointNoise, ExchangesWholeFingers) {
  KeypointNoiseConfig noise = kSure;
  noise.exchanged = 1;
  const torch::Tensor truth = clouds(kMany);
  const FoundJoints joints = detected(noise, truth, all(kMany), Seed{9});
  const torch::Tensor exchanged = moved(joints, truth);
  EXPECT_FALSE(exchanged.select(1, 0).any().item<bool>()) << "wrists stay";
  EXPECT_TRUE(torch::equal(exchanged.slice(1, 0, 21), exchanged.slice(1, 21))) << "of both hands";
  const torch::Tensor fingers = exchanged.slice(1, 1, 21).unflatten(1, {5, 4});
  EXPECT_TRUE(torch::equal(fingers.all(2), fingers.any(2)));
  EXPECT_TRUE(torch::equal(torch::where(exchanged.unsqueeze(2), joints.place.roll(21, 1), joints.place), truth));
  const double share = fingers.to(torch::kFloat32).mean().item<double>();
  EXPECT_GT(share, 0.2);
  EXPECT_LT(share, 0.4);
}

TEST(KeypointNoise, OneHandIsAbsentNeverBoth) {
  KeypointNoiseConfig noise = kSure;
  noise.absent = 1;
  const torch::Tensor there = detected(noise, clouds(kMany), all(kMany), Seed{10}).found.unflatten(1, {2, 21});
  EXPECT_TRUE(torch::equal(there.all(2), there.any(2)));
  EXPECT_TRUE(there.any(2).sum(1).eq(1).all().item<bool>());
  const double right = there.select(1, 0).any(1).to(torch::kFloat32).mean().item<double>();
  EXPECT_GT(right, 0.4);
  EXPECT_LT(right, 0.6);
}

TEST(KeypointNoise, AHandOfFewJointsHasNoneAndAPairAlwaysSome) {
  KeypointNoiseConfig noise = kSure;
  noise.missing = 1;
  const torch::Tensor found = detected(noise, clouds(kMany), all(kMany), Seed{11}).found.unflatten(1, {2, 21}).sum(2);
  EXPECT_TRUE(found.eq(0).logical_or(found >= kMinFound).all().item<bool>());
  EXPECT_GT(found.eq(0).sum().item<int64_t>(), 0);
  EXPECT_TRUE(found.any(1).all().item<bool>());
}

}  // namespace
}  // namespace interprior
