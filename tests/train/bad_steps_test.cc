#include "train/bad_steps.h"

#include <ATen/autocast_mode.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include "interprior/base/autocast.h"

namespace interprior {
namespace {

TEST(BadStepsTest, AreCountedInARowOverCalls) {
  BadSteps bad;
  EXPECT_TRUE(bad.take().empty());
  for (int64_t step = 0; step < 5; ++step) bad.add(step, torch::full({}, step == 1 || step >= 3 ? 1.0 : 0.0));
  EXPECT_EQ(bad.take(), (std::vector<int64_t>{1, 3, 4}));
  EXPECT_EQ(bad.in_a_row(), 2);
  bad.add(5, torch::ones({}));
  EXPECT_EQ(bad.take(), (std::vector<int64_t>{5}));
  EXPECT_EQ(bad.in_a_row(), 3);
  bad.add(6, torch::zeros({}));
  EXPECT_TRUE(bad.take().empty());
  EXPECT_EQ(bad.in_a_row(), 0);
}

TEST(AutocastTest, IsRestoredAfterAnException) {
  ASSERT_FALSE(at::autocast::is_autocast_enabled(at::kCPU));
  const auto half = [] { return torch::matmul(torch::ones({2, 2}), torch::ones({2, 2})).scalar_type(); };
  try {
    const Autocast autocast(true, torch::kCPU);
    EXPECT_EQ(half(), torch::kBFloat16);
    {
      const Autocast inner(false, torch::kCPU);  // no effect
      EXPECT_EQ(half(), torch::kBFloat16);
    }
    throw std::runtime_error("a loss went wrong");
  } catch (const std::runtime_error&) {
  }
  EXPECT_FALSE(at::autocast::is_autocast_enabled(at::kCPU));
  EXPECT_EQ(half(), torch::kFloat32);
}

}  // namespace
}  // namespace interprior
