#include <benchmark/benchmark.h>
#include <torch/cuda.h>

#include "hand/random_hand.h"
#include "peak_memory.h"
#include "train/optimiser.h"
#include "train/prior_task.h"

namespace interprior {
namespace {

constexpr int64_t kVertices = 778, kPatterns = 2048;

Patterns random_patterns() {
  const auto normal = [](std::vector<int64_t> shape, const char* name) { return normal_tensor(shape, Seed{1}.derive(name)); };
  Patterns patterns;
  patterns.pose = 0.4 * normal({kPatterns, 2, 48}, "pose");
  patterns.shape = 0.5 * normal({kPatterns, 2, 10}, "shape");
  patterns.translation = 0.1 * normal({kPatterns, 2, 3}, "translation");
  patterns.source = patterns.modality = patterns.split = patterns.seed = torch::zeros({kPatterns}, torch::kInt64);
  patterns.sources = patterns.modalities = {"random"};
  return patterns;
}

// One training step of the VAE as `train prior` takes it: interactions from patterns, mirrored or not, forward, losses, backward,
// clipping, AdamW, EMA weights. Arguments: latent, width, depth, batch.
void prior_step(benchmark::State& state, torch::Device device) {
  PriorTrainConfig config;
  config.model.latent = state.range(0);
  config.model.width = state.range(1);
  config.model.depth = state.range(2);
  HandModel hand;
  hand.hand.right = RandomHand(1).model(kVertices);
  hand.hand.left = mirror_image(hand.hand.right);
  const Patterns patterns = random_patterns();
  PriorTask task(config, hand, patterns, patterns, device);
  Optimiser optimiser(task.network(), config.fit);
  const int64_t batch = state.range(3);
  const PatternBatch rows =
      PatternBatch{patterns.pose.slice(0, 0, batch), patterns.shape.slice(0, 0, batch), patterns.translation.slice(0, 0, batch)}
          .to(device);
  task.network().train();
  int64_t step = 0;
  const auto take = [&] {
    const Terms terms = task.losses(rows, {step, torch::full({}, 0.5, device), Seed{2}.derive(static_cast<uint64_t>(step))});
    optimiser.step(terms.total(), step);
    ++step;
    if (device.is_cuda()) torch::cuda::synchronize();
  };
  for (int i = 0; i < 3; ++i) take();  // warm-up: the first steps allocate memory; the peer has done its warm-up before
  for (auto _ : state) take();
  if (device.is_cuda()) state.counters["memory_gib"] = peak_gib_of(device);
}

const bool registered = [] {
  const auto add = [](const char* name, std::vector<int64_t> arguments, torch::Device device) {
    benchmark::RegisterBenchmark(name, [device](benchmark::State& state) { prior_step(state, device); })
        ->Args(arguments)
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();
  };
  const std::vector<int64_t> paper = {128, 512, 4, 1024};
  add("prior_step_quickstart", {48, 256, 2, 128}, torch::kCPU);
  add("prior_step_paper", paper, torch::kCPU);
  if (torch::cuda::is_available()) add("gpu_prior_step", paper, {torch::kCUDA, 0});  // gpu_steps.py
  return true;
}();

}  // namespace
}  // namespace interprior
