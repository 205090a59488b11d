#include "interprior/base/median.h"

#include <gtest/gtest.h>

namespace interprior {
namespace {

TEST(Median, IsTheMiddleOrTheUpperOfTheTwoInTheMiddle) {
  EXPECT_EQ(median({5, 1, 3}), 3);
  EXPECT_EQ(median({4, 1, 3, 2}), 3);
  EXPECT_EQ(median({}), 0);
}

}  // namespace
}  // namespace interprior
