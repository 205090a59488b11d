#include "interprior/infer/one_shape.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <limits>
#include <utility>
#include <vector>

#include "interprior/base/seed.h"
#include "interprior/geometry/rotation.h"
#include "support/tensor_near.h"
#include "tiny_sampler.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

const TwoHands& hands() {
  static const TwoHands both(procedural_model(), torch::kCPU, torch::kFloat64);
  return both;
}

ManoParameters with_coefficients(const torch::Tensor& shape) { return {torch::zeros(48), shape, torch::zeros(3)}; }
PerHand<ManoParameters> frame(double right, double left) {
  return {with_coefficients(torch::full({10}, right)), with_coefficients(torch::full({10}, left))};
}

TEST(OneShape, OfEqualShapesIsTheirShape) {
  OneShape sequence;
  const torch::Tensor right = torch::randn({10}), left = torch::randn({10});
  for (int i = 0; i < 5; ++i) sequence.add({with_coefficients(right), with_coefficients(left)}, {0.2 * i, 1});
  EXPECT_THAT(sequence.shape().right, TensorNear(right, 0));
  EXPECT_THAT(sequence.shape().left, TensorNear(left, 0));
}

TEST(OneShape, IsTheWeightedMedianOfEachCoefficient) {
  OneShape sequence;
  for (const auto& [value, weight] : {std::pair(3.0, 1.0), {-1.0, 1.0}, {2.0, 1.0}, {90.0, 1.5}, {0.0, 0.5}})
    sequence.add(frame(value, -value), {weight, weight});
  // 2.5 of the total weight of 5 lie at -1, 0 and 2: the middle between 2 and 3.
  EXPECT_THAT(sequence.shape().right, TensorNear(torch::full({10}, 2.5), 1e-6));
  EXPECT_THAT(sequence.shape().left, TensorNear(torch::full({10}, -2.5), 1e-6));
  sequence.add(frame(0.5, 0), {0.25, 0});
  EXPECT_THAT(sequence.shape().right, TensorNear(torch::full({10}, 2.0), 1e-6));
  EXPECT_THAT(sequence.shape().left, TensorNear(torch::full({10}, -2.5), 1e-6)) << "no weight, no influence";
}

TEST(OneShape, FarShapesOfAMinorityDoNotMatter) {
  OneShape sequence;
  Random random(Seed{3});
  for (int i = 0; i < 60; ++i) sequence.add(frame(1 + 0.05 * random.normal(), 0), {1, 1});
  for (int i = 0; i < 40; ++i) sequence.add(frame(random.uniform(5, 1000), 0), {1, 1});
  EXPECT_THAT(sequence.shape().right, TensorNear(torch::ones({10}), 0.15));
}

TEST(OneShape, DoesNotDependOnTheOrderOfFrames) {
  OneShape there, back;
  Random random(Seed{4});
  std::vector<std::pair<PerHand<ManoParameters>, PerHand<double>>> frames;
  for (int i = 0; i < 31; ++i) {
    const double right = random.normal(), left = random.normal(), weight = random.uniform();
    frames.push_back({frame(right, left), {weight, 1 - weight}});
  }
  for (size_t i = 0; i < frames.size(); ++i) {
    there.add(frames[i].first, frames[i].second);
    back.add(frames[frames.size() - 1 - i].first, frames[frames.size() - 1 - i].second);
  }
  for (const Side side : kSides) EXPECT_THAT(there.shape()[side], TensorNear(back.shape()[side], 0));
}

TEST(OneShape, AHandWithoutWeightHasNone) {
  OneShape sequence;
  EXPECT_FALSE(sequence.shape().right.defined());
  PerHand<ManoParameters> hands_of_frame = frame(1, 2);
  hands_of_frame.left.shape = torch::full({10}, std::numeric_limits<float>::quiet_NaN());
  sequence.add(hands_of_frame, {1, 0});
  EXPECT_TRUE(sequence.shape().right.defined());
  EXPECT_FALSE(sequence.shape().left.defined());
  EXPECT_THAT([&] { sequence.add(hands_of_frame, {1, 1}); }, ThrowsError(HasSubstr("not finite")));
  EXPECT_THAT([&] { sequence.add(frame(1, 2), {1, -1}); }, ThrowsError(HasSubstr("weight")));
  EXPECT_THAT(
      [&] {
        sequence.add({with_coefficients(torch::zeros(9)), with_coefficients(torch::zeros(10))}, {1, 1});
      },
      ThrowsError(HasSubstr("shape")));
}

TEST(OneShape, UnsureAndAbsentHandsWeighLess) {
  torch::Tensor stddev = torch::full({2, 21}, 0.02);
  EXPECT_DOUBLE_EQ(shape_weight(0.8, torch::Tensor(), Side::left), 0.8);
  EXPECT_NEAR(shape_weight(0.8, stddev, Side::left), 0.4, 1e-7);
  stddev[1] = 0.2;
  EXPECT_NEAR(shape_weight(0.8, stddev, Side::right), 0.4, 1e-7);
  EXPECT_LT(shape_weight(0.8, stddev, Side::left), 0.01);
  EXPECT_EQ(shape_weight(0, stddev, Side::right), 0);
}

// wrist = J0(shape) + translation: another shape moves J0 by up to millimetres.
TEST(OneShape, AnotherShapeLeavesWristsAndRotationsWhereTheyAre) {
  const auto random = [](torch::IntArrayRef size) { return torch::randn(size, torch::kFloat64); };
  const PerHand<ManoParameters> before = {{random({48}), random({10}), random({3})}, {random({48}), random({10}), random({3})}};
  const PerHand<torch::Tensor> shape = {random({10}), torch::Tensor()};
  const PerHand<ManoParameters> after = with_shape(before, shape, hands());
  const auto joints = [&](const ManoParameters& mano, Side side) {
    const torch::Tensor one = mano.shape.unsqueeze(0), wrist = hands().layer[side].rest_wrist(one) + mano.translation;
    return hands().layer[side]({matrix_from_axis_angle(mano.pose.view({1, 16, 3})), one, wrist}).joints_in_root[0];
  };
  EXPECT_THAT(after.right.shape, TensorNear(shape.right, 0));
  EXPECT_THAT(after.right.pose, TensorNear(before.right.pose, 0));
  EXPECT_THAT(joints(after.right, Side::right)[0], TensorNear(joints(before.right, Side::right)[0], 1e-12));
  EXPECT_GT((after.right.translation - before.right.translation).norm().item<double>(), 1e-6);
  EXPECT_GT((joints(after.right, Side::right) - joints(before.right, Side::right)).abs().max().item<double>(), 1e-3);
  EXPECT_THAT(after.left.shape, TensorNear(before.left.shape, 0)) << "no shape, no change";
  EXPECT_THAT(after.left.translation, TensorNear(before.left.translation, 0));
}

}  // namespace
}  // namespace interprior
