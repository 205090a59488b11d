#include "interprior/base/listed.h"

#include <gtest/gtest.h>

namespace interprior {
namespace {

TEST(Listed, CountsTheNamesThatItOmits) {
  EXPECT_EQ(listed({}, 2), "");
  EXPECT_EQ(listed({"a", "b"}, 2), "a, b");
  EXPECT_EQ(listed({"a", "b", "c", "d"}, 2), "a, b and 2 more");
}

}  // namespace
}  // namespace interprior
