#include "interprior/infer/jitter.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>

#include "support/tensor_near.h"

namespace interprior {
namespace {

PerHand<torch::Tensor> both(const torch::Tensor& joints) { return {joints, joints}; }

TEST(Jitter, UniformMotionHasNone) {
  Jitter jitter;
  const torch::Tensor joints = torch::rand({21, 3}, torch::kFloat64), step = 0.01 * torch::rand({21, 3}, torch::kFloat64);
  for (int i = 0; i < 10; ++i) jitter.add(both(joints + i * step));
  EXPECT_NEAR(jitter.mean().value(), 0, 1e-10);
}

TEST(Jitter, IsTheMeanSecondDifferenceInMillimetres) {
  // x = a t^2 has the second difference 2 a: 6 mm for the right hand's joints, 2 mm for the left hand's.
  Jitter jitter;
  const torch::Tensor direction = torch::tensor({0.6, 0.0, 0.8}, torch::kFloat64).expand({21, 3});
  for (int i = 0; i < 7; ++i) jitter.add({0.003 * i * i * direction, 0.001 * i * i * direction});
  EXPECT_NEAR(jitter.mean().value(), 4, 1e-9);
}

TEST(Jitter, CountsOnlyThreeFramesInARow) {
  Jitter jitter;
  EXPECT_FALSE(jitter.mean().has_value());
  const torch::Tensor joints = torch::zeros({21, 3});
  for (int i = 0; i < 9; ++i)  // the right hand is absent in every third frame, the left one always
    jitter.add({i % 3 == 2 ? torch::Tensor() : joints + 0.1 * i * i, torch::Tensor()}, {i % 3 != 2, false});
  EXPECT_FALSE(jitter.mean().has_value());
  for (int i = 0; i < 3; ++i) jitter.add({torch::Tensor(), joints}, {false, true});
  EXPECT_EQ(jitter.mean().value(), 0);
}

TEST(Jitter, LaterChangesOfTheJointsDoNotMatter) {
  Jitter jitter;
  torch::Tensor joints = torch::zeros({21, 3}, torch::kFloat64);
  for (int i = 0; i < 3; ++i) {
    jitter.add(both(joints));
    joints.add_(0.001 * (i + 1));
  }
  EXPECT_NEAR(jitter.mean().value(), std::sqrt(3.0), 1e-9) << "1 mm on each axis";
  EXPECT_THAT([&] { jitter.add(both(torch::zeros({20, 3}))); }, ThrowsError(::testing::HasSubstr("joints_in_camera")));
}

}  // namespace
}  // namespace interprior
