#include "train/device_batches.h"

#include <gtest/gtest.h>
#include <torch/cuda.h>
#include <torch/types.h>

#include "interprior/data/patterns.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/interaction/interaction_synthesis.h"

namespace interprior {
namespace {

PatternDataset some_data() {
  InteractionSynthesisConfig wanted;
  wanted.count = 40;
  return PatternDataset(synthesize_patterns(procedural_hand(), wanted));
}

// Overwrites each batch after use, so that a batch copied too early or freed too soon is detected.
void expect_the_loaders(torch::Device device) {
  const PatternDataset data = some_data();
  Loader<PatternBatch> alone(data, {8, 1, 2}, {Seed{3}}), feeding(data, {8, 2, 3}, {Seed{3}});
  DeviceBatches<PatternBatch> batches(feeding, device);
  for (int i = 0; i < 12; ++i) {
    const PatternBatch expected = *alone.next();
    PatternBatch here = batches.next();
    EXPECT_EQ(here.pose.device(), device);
    EXPECT_TRUE(torch::equal(here.pose.cpu(), expected.pose)) << i;
    EXPECT_TRUE(torch::equal(here.translation.cpu(), expected.translation)) << i;
    here.for_each_tensor([](torch::Tensor& tensor) { tensor.fill_(7); });
  }
}

TEST(DeviceBatches, AreTheLoadersInOrder) { expect_the_loaders(torch::kCPU); }

TEST(DeviceBatchesGpu, AreTheLoadersInOrder) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "this machine has no CUDA device";
  expect_the_loaders({torch::kCUDA, 0});
}

}  // namespace
}  // namespace interprior
