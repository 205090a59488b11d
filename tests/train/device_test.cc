#include "interprior/train/device.h"

#include <gtest/gtest.h>

#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

TEST(Device, UnknownNamesAreRefusedAndTheCpuIsAlwaysThere) {
  EXPECT_EQ(device_named("cpu").type(), c10::kCPU);
  EXPECT_NO_THROW(device_named(""));
  for (const char* name : {"gpu", "CPU", "cuda:", "cuda:x", "cuda:-1", "cuda:12345678901234567890", "cuda:999"})
    EXPECT_THAT([&] { device_named(name); }, ThrowsError(HasSubstr(name))) << name;
}

}  // namespace
}  // namespace interprior
