#include "interprior/train/device.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

TEST(Device, UnknownNamesAreRefusedAndTheCpuIsAlwaysAvailable) {
  EXPECT_EQ(device_named("cpu").type(), c10::kCPU);
  EXPECT_NO_THROW(device_named(""));
  for (const char* name : {"gpu", "CPU", "cuda:", "cuda:x", "cuda:-1", "cuda:12345678901234567890", "cuda:999"})
    EXPECT_THAT([&] { device_named(name); }, ThrowsError(HasSubstr(name))) << name;
}

// Eight processes on a machine: each sees all devices, or one.
TEST(Device, EachProcessUsesItsOwnDevice) {
  Launch launch;
  launch.ranks = launch.local_ranks = 8;
  launch.local_rank = 5;
  EXPECT_EQ(device_index_of_rank(launch, 8), 5);
  EXPECT_EQ(device_index_of_rank(launch, 1), 0);  // srun --gpus-per-task 1
  EXPECT_THAT([&] { device_index_of_rank(launch, 4); },
              ThrowsError(HasSubstr("8 processes on this machine, but each sees only 4 CUDA devices")));
}

TEST(Device, UnusableGrantedDevicesAreErrorsInsteadOfTheCpu) {
  if (device_named("").is_cuda()) GTEST_SKIP() << "needs a machine without a CUDA device";
  const Launch alone;
  unsetenv("CUDA_VISIBLE_DEVICES");
  setenv("SLURM_JOB_GPUS", "0,1", 1);
  EXPECT_THAT([&] { device_of_rank("", alone); }, ThrowsError(HasSubstr("SLURM_JOB_GPUS=0,1")));
  EXPECT_TRUE(device_of_rank("cpu", alone).is_cpu());
  unsetenv("SLURM_JOB_GPUS");
  EXPECT_TRUE(device_of_rank("", alone).is_cpu());
}

}  // namespace
}  // namespace interprior
