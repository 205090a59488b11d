#include <gtest/gtest.h>
#include <torch/cuda.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "interprior/base/autocast.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/interaction/interaction_synthesis.h"
#include "interprior/objective/adjacency_heatmap.h"
#include "support/random_interaction.h"
#include "support/small_sampler.h"
#include "support/tensor_near.h"
#include "train/cue_task.h"
#include "train/optimiser.h"

// Results on a CUDA device equal those on the CPU.
namespace interprior {
namespace {

class DeviceGpu : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!torch::cuda::is_available()) GTEST_SKIP() << "this machine has no CUDA device";
  }
  static torch::Device cuda() { return {torch::kCUDA, 0}; }
};

CueTrainConfig small() {
  CueTrainConfig config;
  config.model = small_sampler();
  config.fit.warmup = 0;
  return config;
}

PatternBatch some_patterns() {
  InteractionSynthesisConfig wanted;
  wanted.count = 16;
  const Patterns patterns = synthesize_patterns(procedural_hand(), wanted);
  return {patterns.pose, patterns.shape, patterns.translation};
}

Patterns held_out() {
  InteractionSynthesisConfig wanted;
  wanted.count = 16;
  wanted.seed = 1;
  return synthesize_patterns(procedural_hand(), wanted);
}

TEST_F(DeviceGpu, HandsAndHeatmapsEqualTheCpus) {
  const HandModel hand = procedural_hand();
  const TwoHands here(hand), there(hand, cuda());
  const PerHand<HandPose> pose = pose_from(random_interaction(4, 2), torch::eye(3).expand({4, 3, 3}));
  const PerHand<HandMesh> on_cpu = here(pose), on_gpu = there(to(pose, cuda()));
  for (const Side side : kSides) {
    EXPECT_THAT(on_gpu[side].vertices_in_root.cpu(), TensorNear(on_cpu[side].vertices_in_root, 1e-5));
    EXPECT_THAT(on_gpu[side].joints_in_root.cpu(), TensorNear(on_cpu[side].joints_in_root, 1e-5));
  }
  const torch::Tensor joints = 32 + 12 * normal_tensor({4, 42, 2}, Seed{3}), valid = torch::ones({4, 42}, torch::kBool);
  const HeatmapTarget cpu = heatmap_target({}, {joints, {}, valid, {}}, 64, 16);
  const HeatmapTarget gpu = heatmap_target({}, {joints.to(cuda()), {}, valid.to(cuda()), {}}, 64, 16);
  EXPECT_TRUE(gpu.maps.is_cuda());
  EXPECT_THAT(gpu.maps.cpu(), TensorNear(cpu.maps, 1e-5));
}

TEST_F(DeviceGpu, TheWholeNetworkEqualsTheCpus) {
  const HandModel hand = procedural_hand();
  const TwoHands here(hand), there(hand, cuda());
  torch::manual_seed(4);
  Sampler sampler(small().model, InteractionPriorConfig{8, 16, 1, Anchor::knuckle});
  sampler->eval();
  const torch::NoGradGuard no_grad;
  const torch::Tensor image = (normal_tensor({3, 3, 64, 64}, Seed{5}) * 40 + 128).clamp(0, 255).to(torch::kUInt8);
  const Reconstruction cpu = sampler->forward(image, here);
  sampler->to(cuda());
  const Reconstruction gpu = sampler->forward(image.to(cuda()), there);
  EXPECT_THAT(gpu.features.iah.cpu(), TensorNear(cpu.features.iah, 1e-3));
  EXPECT_THAT(gpu.features.tau.cpu(), TensorNear(cpu.features.tau, 1e-3));
  EXPECT_THAT(gpu.conditional.z.mean.cpu(), TensorNear(cpu.conditional.z.mean, 1e-3));
  EXPECT_THAT(gpu.pose.left.rotations.cpu(), TensorNear(cpu.pose.left.rotations, 1e-3));
}

TEST_F(DeviceGpu, ATrainingStepGivesTheCpusLoss) {
  const HandModel hand = procedural_hand();
  std::vector<double> losses;
  for (const torch::Device device : {torch::Device(torch::kCPU), cuda()}) {
    torch::manual_seed(6);
    const InteractionPrior prior(InteractionPriorConfig{8, 16, 1, Anchor::knuckle});
    CueTask task(small(), hand, prior, held_out(), device);
    Optimiser optimiser(task.network(), small().fit);
    for (int64_t step = 0; step < 2; ++step) {
      const torch::Tensor loss = task.losses(some_patterns().to(device), {step, torch::zeros({}, device), Seed{7}}).total();
      losses.push_back(loss.item<double>());
      optimiser.step(loss, step);
    }
    EXPECT_EQ(task.validate().samples, 16);
  }
  EXPECT_NEAR(losses[2], losses[0], 1e-3 * losses[0]);
  EXPECT_NEAR(losses[3], losses[1], 1e-2 * losses[1]);
}

TEST_F(DeviceGpu, AStepInHalfPrecisionIsFiniteAndNear) {
  const HandModel hand = procedural_hand();
  torch::manual_seed(8);
  const InteractionPrior prior(InteractionPriorConfig{8, 16, 1, Anchor::knuckle});
  CueTask task(small(), hand, prior, held_out(), cuda());
  const auto loss_in = [&](Precision precision) {
    const Autocast autocast(precision == Precision::bf16, torch::kCUDA);
    return task.losses(some_patterns().to(cuda()), {0, torch::zeros({}, cuda()), Seed{9}}).total();
  };
  const torch::Tensor whole = loss_in(Precision::fp32), half = loss_in(Precision::bf16);
  EXPECT_NEAR(half.item<double>(), whole.item<double>(), 0.05 * whole.item<double>());
  Optimiser optimiser(task.network(), small().fit);
  optimiser.step(half, 0);
  EXPECT_EQ(optimiser.skipped(), 0);
}

}  // namespace
}  // namespace interprior
