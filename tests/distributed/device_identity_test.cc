#include "distributed/device_identity.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "distributed/host_name.h"

namespace interprior {
namespace {

c10::Device cuda(int index) { return {c10::kCUDA, static_cast<c10::DeviceIndex>(index)}; }

TEST(DeviceIdentity, AnyNumberOfProcessesMayUseTheCpu) { EXPECT_EQ(device_identity(c10::Device(c10::kCPU)), ""); }

// srun --gpus-per-task 1 shows every process its own device as cuda:0.
TEST(DeviceIdentity, WithoutADriverItIsTheIndexOnTheMachine) {
  if (dlopen("libcuda.so.1", RTLD_NOW) != nullptr) GTEST_SKIP() << "this machine has CUDA's driver";
  unsetenv("CUDA_VISIBLE_DEVICES");
  EXPECT_EQ(device_identity(cuda(1)), host_name() + ":1");
  setenv("CUDA_VISIBLE_DEVICES", "3,GPU-5d2f", 1);
  EXPECT_EQ(device_identity(cuda(0)), host_name() + ":3");
  EXPECT_EQ(device_identity(cuda(1)), host_name() + ":GPU-5d2f");
  EXPECT_EQ(device_identity(cuda(2)), host_name() + ":2");
  unsetenv("CUDA_VISIBLE_DEVICES");
}

}  // namespace
}  // namespace interprior
