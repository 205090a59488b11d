#include "train/graphed_step.h"

#include <gtest/gtest.h>
#include <torch/cuda.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "distributed/loopback.h"
#include "interprior/distributed/gradient_average.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/interaction/interaction_synthesis.h"
#include "interprior/model/checkpoint.h"
#include "interprior/synthesis/synthetic_images.h"
#include "support/small_sampler.h"
#include "support/tensor_near.h"
#include "train/prior_task.h"
#include "train/sampler_task.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

TEST(GraphedStep, NeedsAGpu) {
  EXPECT_THAT([] { CudaGraph graph(torch::kCPU, "fit.cuda_graph"); }, ThrowsError(HasSubstr("fit.cuda_graph")));
}

class GraphedStepGpu : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!torch::cuda::is_available()) GTEST_SKIP() << "this machine has no CUDA device";
  }
  static torch::Device cuda() { return {torch::kCUDA, 0}; }
};

// Twelve steps on the same images, across the change from training the extraction to training all parts.
std::map<std::string, torch::Tensor> learned(bool recorded, std::vector<double>& losses) {
  const torch::Device cuda(torch::kCUDA, 0);
  SamplerTrainConfig config;
  config.model = small_sampler();
  config.fit.steps = 12;
  config.fit.warmup = 2;
  config.extraction_first = 0.5;
  SyntheticImagesConfig images;
  images.count = 8;
  images.crop_size = config.model.image_size;
  const HandModel hand = procedural_hand();
  const SyntheticImages data(hand, images);
  torch::manual_seed(2);
  SamplerTask task(config, hand, InteractionPrior(InteractionPriorConfig{8, 16, 1, Anchor::knuckle}), nullptr, cuda);
  Optimiser optimiser(task.network(), config.fit);
  std::optional<GraphedStep<ImageBatch>> graphed;
  if (recorded) graphed.emplace(task, optimiser, config.fit, cuda);
  task.network().train();
  for (int64_t step = 0; step < config.fit.steps; ++step) {
    ImageBatch batch = data.allocate(4);
    for (int64_t row = 0; row < 4; ++row)
      data.fill((4 * step + row) % 8, Seed{1}.derive(static_cast<uint64_t>(step)), batch, row);
    const ImageBatch there = batch.to(cuda);
    const Step at{step, torch::full({}, static_cast<double>(step) / 12, cuda),
                  RowSeed{Seed{7}.derive(static_cast<uint64_t>(step))}};
    if (graphed) {
      (*graphed)(there, at);
      losses.push_back(graphed->loss().item<double>());
    } else {
      const torch::Tensor loss = task.losses(there, at).total();
      optimiser.step(loss, step);
      losses.push_back(loss.item<double>());
    }
  }
  std::map<std::string, torch::Tensor> values;
  for (const auto& item : task.network().named_parameters()) values[item.key()] = item.value().detach().cpu();
  return values;
}

TEST_F(GraphedStepGpu, CapturedStepsTrainLikeOrdinaryOnes) {
  std::vector<double> ordinary_losses, recorded_losses;
  const auto ordinary = learned(false, ordinary_losses), recorded = learned(true, recorded_losses);
  for (size_t i = 0; i < ordinary_losses.size(); ++i)
    EXPECT_NEAR(recorded_losses[i], ordinary_losses[i], 1e-3 * std::abs(ordinary_losses[i])) << i;
  for (const auto& [name, value] : ordinary) EXPECT_THAT(recorded.at(name), TensorNear(value, 2e-3)) << name;
}

TEST_F(GraphedStepGpu, WorkThatNeedsTheHostIsRefusedWithAMessage) {
  CudaGraph graph(cuda(), "test");
  const torch::Tensor number = torch::ones({}, cuda());
  EXPECT_THAT([&] { graph.record([&] { number.item<float>(); }); }, ThrowsError(HasSubstr("cannot be captured")));
  // Later work on the stream is possible, such as a checkpoint.
  EXPECT_EQ((number + 1).cpu().item<float>(), 2);
}

TEST_F(GraphedStepGpu, PageLockedMemoryOfALoaderDoesNotAffectTheCapture) {
  CudaGraph graph(cuda(), "test");
  torch::Tensor sum = torch::zeros({1000}, cuda());
  const auto work = [&] { sum.add_(1); };
  graph.on_its_stream(work);
  graph.record([&] {
    std::thread([] { torch::empty({1 << 20}, torch::TensorOptions().pinned_memory(true)); }).join();
    work();
  });
  for (int i = 0; i < 3; ++i) graph.replay();
  EXPECT_THAT(sum.cpu(), TensorNear(torch::full({1000}, 4.0f), 0));
}

// Noise and mirroring are sampled on the host, and must be new in each replay.
TEST_F(GraphedStepGpu, CapturedStepsOfThePriorUseTheNoiseOfOrdinaryOnes) {
  const HandModel hand = procedural_hand();
  InteractionSynthesisConfig wanted;
  wanted.count = 32;
  const Patterns patterns = synthesize_patterns(hand, wanted);
  const PatternBatch batch = PatternBatch{patterns.pose, patterns.shape, patterns.translation}.to(cuda());
  PriorTrainConfig config;
  config.model = {8, 16, 1, Anchor::knuckle};
  config.fit.steps = 10;
  config.fit.warmup = 0;
  std::array<std::vector<double>, 2> losses;
  for (const bool recorded : {false, true}) {
    PriorTask task(config, hand, patterns, patterns, cuda());
    Optimiser optimiser(task.network(), config.fit);
    std::optional<GraphedStep<PatternBatch>> graphed;
    if (recorded) graphed.emplace(task, optimiser, config.fit, cuda());
    for (int64_t step = 0; step < config.fit.steps; ++step) {
      const Step at{step, torch::full({}, 0.1 * static_cast<double>(step), cuda()),
                    RowSeed{Seed{7}.derive(static_cast<uint64_t>(step))}};
      torch::Tensor loss;
      if (graphed) {
        (*graphed)(batch, at);
        loss = graphed->loss();
      } else {
        loss = task.losses(batch, at).total();
        optimiser.step(loss, step);
      }
      losses[recorded].push_back(loss.item<double>());
    }
  }
  for (size_t i = 0; i < losses[0].size(); ++i) EXPECT_NEAR(losses[1][i], losses[0][i], 1e-4 * losses[0][i]) << i;
}

// NCCL allows one process per GPU; with a single GPU, Gloo averages between two processes.
TEST_F(GraphedStepGpu, TwoProcessesOnOneGpuAverageByGloo) {
  setenv("INTERPRIOR_GLOO", "1", 1);
  std::array<torch::Tensor, 2> values;
  std::vector<std::thread> threads;
  for (int64_t rank = 0; rank < 2; ++rank)
    threads.emplace_back([&, rank] {
      const auto communicator = std::make_shared<Communicator>(loopback(rank, 2, 30611), cuda(), 60);
      torch::Tensor parameter = torch::ones({1000}, cuda()).requires_grad_(true);
      GradientAverage gradients({parameter}, communicator);
      const torch::Tensor loss = (parameter * static_cast<double>(rank + 1)).sum();
      gradients.backward(loss, true);
      gradients.finish(loss.detach());
      values[static_cast<size_t>(rank)] = parameter.grad().cpu();
      communicator->finish();
    });
  for (std::thread& thread : threads) thread.join();
  unsetenv("INTERPRIOR_GLOO");
  for (const torch::Tensor& value : values) EXPECT_THAT(value, TensorNear(torch::full({1000}, 1.5f), 0));
}

}  // namespace
}  // namespace interprior
