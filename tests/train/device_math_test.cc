#include "interprior/train/device_math.h"

#include <ATen/Context.h>
#include <gtest/gtest.h>

namespace interprior {
namespace {

TEST(DeviceMathTest, AppliesInItsScopeAndRestoresThePreviousSetting) {
  const at::Context& now = at::globalContext();
  const DeviceMath outer(/*tf32=*/false, /*measured=*/false);
  {
    const DeviceMath training(/*tf32=*/true, /*measured=*/true);
    EXPECT_TRUE(now.allowTF32CuBLAS());
    EXPECT_TRUE(now.allowTF32CuDNN());
    EXPECT_TRUE(now.benchmarkCuDNN());
    EXPECT_FALSE(now.deterministicCuDNN());
    const DeviceMath validation(/*tf32=*/false, /*measured=*/false);
    EXPECT_FALSE(now.allowTF32CuDNN());
  }
  EXPECT_FALSE(now.allowTF32CuBLAS());
  EXPECT_FALSE(now.allowTF32CuDNN());
  EXPECT_FALSE(now.benchmarkCuDNN());
  EXPECT_TRUE(now.deterministicCuDNN());
}

}  // namespace
}  // namespace interprior
