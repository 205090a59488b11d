#include "interprior/infer/presence.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

namespace interprior {
namespace {

// The right hand's mask has `cells` of 64 x 64 cells, the left hand's none.
torch::Tensor mask_of(int64_t cells, double probability = 1) {
  torch::Tensor mask = torch::full({2, 64, 64}, 0.01);
  mask[0].view({-1}).narrow(0, 0, cells).fill_(probability);
  return mask;
}

TEST(Presence, AVisibleHandIsPresentAndAnInvisibleOneIsAbsent) {
  const PerHand<double> presence = presence_of(mask_of(600), torch::full({2, 21}, 0.01));
  EXPECT_GT(presence.right, 0.95);
  EXPECT_EQ(presence.left, 0);
}

TEST(Presence, GrowsWithTheMaskAndFallsWithTheStddev) {
  double before = -1;
  for (const int64_t cells : {0, 1, 10, 20, 40, 60, 80, 82}) {
    const double presence = presence_of(mask_of(cells), {}).right;
    EXPECT_GT(presence, before) << cells;
    before = presence;
  }
  before = 2;
  for (const double stddev : {0.0, 0.01, 0.05, 0.1, 0.5}) {
    const double presence = presence_of(mask_of(600), torch::full({2, 21}, stddev)).right;
    EXPECT_LT(presence, before) << stddev;
    EXPECT_GE(presence, 0);
    before = presence;
  }
  EXPECT_NEAR(presence_of(mask_of(600), torch::full({2, 21}, 0.1)).right, 0.5, 1e-6);
}

TEST(Presence, AnUnsureMaskIsNoHand) {
  EXPECT_EQ(presence_of(mask_of(4096, 0.4), {}).right, 0);  // faint everywhere
  EXPECT_LT(presence_of(mask_of(20, 0.6), {}).right, presence_of(mask_of(20, 1), {}).right);
}

}  // namespace
}  // namespace interprior
