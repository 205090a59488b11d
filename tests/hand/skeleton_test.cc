#include "interprior/hand/skeleton.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <string>

#include "interprior/hand/side.h"

namespace interprior {
namespace {

template <class Order>
bool is_permutation_of_all(Order order) {
  std::sort(order.begin(), order.end());
  Order counted;
  std::iota(counted.begin(), counted.end(), 0);
  return order == counted;
}

TEST(Skeleton, OrdersArePermutations) {
  EXPECT_TRUE(is_permutation_of_all(kFromMano));
  EXPECT_TRUE(is_permutation_of_all(kToInterHand));
  EXPECT_TRUE(is_permutation_of_all(kFromInterHand));
}

TEST(Skeleton, InterHandOrderAndBackIsNoChange) {
  for (size_t ours = 0; ours < kJoints; ++ours) {
    EXPECT_EQ(kToInterHand[static_cast<size_t>(kFromInterHand[ours])], static_cast<int64_t>(ours));
  }
}

TEST(Skeleton, InterHandRunsFromTipToBaseWithTheWristLast) {
  EXPECT_EQ(kToInterHand.back(), kWrist);
  for (size_t finger = 0; finger < 5; ++finger) {
    EXPECT_EQ(kToInterHand[4 * finger], kTips[finger]);
    for (size_t i = 1; i < 4; ++i) {
      EXPECT_EQ(kToInterHand[4 * finger + i], kParents[static_cast<size_t>(kToInterHand[4 * finger + i - 1])]);
    }
  }
}

TEST(Skeleton, ParentsAgreeWithManos) {
  for (size_t ours = 1; ours < kJoints; ++ours) {
    const int64_t mano = kFromMano[ours], parent = kFromMano[static_cast<size_t>(kParents[ours])];
    if (mano < kManoJoints) {
      EXPECT_EQ(kManoParents[static_cast<size_t>(mano)], parent) << kJointNames[ours];
    } else {
      EXPECT_EQ(mano - kManoJoints, std::find(kTips.begin(), kTips.end(), ours) - kTips.begin()) << kJointNames[ours];
    }
  }
}

TEST(Skeleton, NamesFollowTheOrder) {
  EXPECT_EQ(kJointNames[kWrist], std::string("wrist"));
  EXPECT_EQ(kJointNames[kMiddleMcp], std::string("middle_1"));
  for (const int64_t tip : kTips) EXPECT_NE(std::string(kJointNames[static_cast<size_t>(tip)]).find("_tip"), std::string::npos);
}

TEST(Side, OtherSwaps) {
  PerHand<int> pair = {1, 2};
  for (const Side side : kSides) EXPECT_NE(pair[side], pair[other(side)]);
  EXPECT_EQ(static_cast<int>(Side::right), 0);
  EXPECT_STREQ(side_name(other(Side::right)), "left");
}

}  // namespace
}  // namespace interprior
