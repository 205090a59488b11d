#include "interprior/base/progress.h"

#include <gtest/gtest.h>

namespace interprior {
namespace {

TEST(Progress, DurationsAreReadable) {
  EXPECT_EQ(duration_text(0.2), "0 s");
  EXPECT_EQ(duration_text(59.4), "59 s");
  EXPECT_EQ(duration_text(185), "3 min 05 s");
  EXPECT_EQ(duration_text(7620), "2 h 07 min");
}

}  // namespace
}  // namespace interprior
