#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "pretended_device.h"
#include "train/copy_stream.h"

// Leaves out each synchronisation of DeviceBatches in turn: the simulated device must detect it.
namespace interprior {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

const torch::Device kCuda(torch::kCUDA, 0);

class CopyStreamFaults : public ::testing::Test {
 protected:
  void SetUp() override { pretended::forget_faults(); }
  void TearDown() override { pretended::forget_faults(); }
  torch::Tensor begun() {
    torch::Tensor there;
    const torch::Tensor here = torch::ones({64}).pin_memory();
    copies_.begin([&] { there = here.to(kCuda, true); });
    return there;
  }
  CopyStream copies_{kCuda};
};

TEST_F(CopyStreamFaults, ReadingWithoutWaitingForTheCopyIsDetected) {
  const torch::Tensor there = begun();
  EXPECT_THROW(there.sum(), c10::Error);
  EXPECT_THAT(pretended::faults(), Not(IsEmpty()));
}

TEST_F(CopyStreamFaults, FreeingMemoryBeforeItsUseEndsIsDetected) {
  {
    const torch::Tensor there = begun();
    copies_.wait();
    there.sum();
  }
  EXPECT_THAT(pretended::faults(), Not(IsEmpty()));
}

TEST_F(CopyStreamFaults, CorrectSynchronisationHasNoFaults) {
  {
    const torch::Tensor there = begun();
    copies_.wait();
    copies_.keep(there);
    there.sum();
  }
  EXPECT_THAT(pretended::faults(), IsEmpty());
}

}  // namespace
}  // namespace interprior
