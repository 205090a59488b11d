#include <benchmark/benchmark.h>
#include <torch/cuda.h>

#include "hand/random_hand.h"
#include "interprior/base/autocast.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/synthesis/synthetic_images.h"
#include "peak_memory.h"
#include "train/optimiser.h"
#include "train/sampler_task.h"

namespace interprior {
namespace {

constexpr int64_t kVertices = 778;

struct Size {
  const char* config;  // of the sampler, differences from the defaults
  InteractionPriorConfig prior;
  int64_t batch;
};

// Networks of configs/quickstart and configs/paper, the latter on smaller images; all parts are trained jointly.
const Size kQuickstart = {R"(
model:
  image_size: 96
  heatmap: {b: 3}
  extraction: {trunk: resnet18, width: 16, features: 32, decoder: 32, source: decoder}
  fusion: {patch: 4, depth: 2, width: 128, heads: 4}
  sampling: {queries: located, heads: 4, width: 256}
extraction_first: 0
)",
                          {48, 256, 2},
                          16};
const Size kPaperSmall = {"{model: {image_size: 128}, extraction_first: 0}", {128, 512, 4}, 4};

ImageBatch rendered(int64_t rows, int64_t crop_size) {
  SyntheticImagesConfig config;
  config.count = rows;
  config.crop_size = crop_size;
  const SyntheticImages images(procedural_hand(), config);
  ImageBatch batch = images.allocate(rows);
  for (int64_t row = 0; row < rows; ++row) images.fill(row, Seed{3}.derive(static_cast<uint64_t>(row)), batch, row);
  return batch;
}

// Only on a GPU (gpu_steps.py).
const Size kPaper = {"{model: {image_size: 256}, extraction_first: 0}", {128, 512, 4}, 32};

// One training step of the sampler as `train sampler` takes it: targets, forward, losses, backward, clipping, AdamW, EMA.
// The images show the procedural hand model; a random hand model of MANO's size replaces MANO in targets and losses.
void sampler_step(benchmark::State& state, const Size& size, Precision precision, torch::Device device = torch::kCPU) {
  const auto config = parse_config<SamplerTrainConfig>(size.config, "sampler_step");
  HandModel hand;
  hand.hand.right = RandomHand(1).model(kVertices);
  hand.hand.left = mirror_image(hand.hand.right);
  const ImageBatch batch = rendered(size.batch, config.model.image_size).to(device);
  SamplerTask task(config, hand, InteractionPrior(size.prior), /*held_out=*/nullptr, device);
  Optimiser optimiser(task.network(), config.fit);
  task.network().train();
  int64_t step = 0;
  const auto take = [&] {
    Terms terms;
    {
      const Autocast autocast(precision == Precision::bf16, device.type());
      terms = task.losses(batch, {step, torch::full({}, 0.5, device), Seed{2}.derive(static_cast<uint64_t>(step))});
    }
    optimiser.step(terms.total(), step);
    ++step;
    if (device.is_cuda()) torch::cuda::synchronize();
  };
  for (int i = 0; i < 3; ++i) take();  // warm-up: the first steps allocate memory; the peer has done its warm-up before
  for (auto _ : state) take();
  if (device.is_cuda()) state.counters["memory_gib"] = peak_gib_of(device);
}
void in_milliseconds(benchmark::internal::Benchmark* it) { it->Unit(benchmark::kMillisecond)->UseRealTime(); }
BENCHMARK_CAPTURE(sampler_step, quickstart, kQuickstart, Precision::fp32)
    ->Name("sampler_step_quickstart")
    ->Apply(in_milliseconds);
BENCHMARK_CAPTURE(sampler_step, quickstart_bf16, kQuickstart, Precision::bf16)
    ->Name("sampler_step_quickstart_bf16")
    ->Apply(in_milliseconds);
BENCHMARK_CAPTURE(sampler_step, paper_small, kPaperSmall, Precision::fp32)
    ->Name("sampler_step_paper_small")
    ->Apply(in_milliseconds);
BENCHMARK_CAPTURE(sampler_step, paper_small_bf16, kPaperSmall, Precision::bf16)
    ->Name("sampler_step_paper_small_bf16")
    ->Apply(in_milliseconds);

const bool registered_for_gpu = [] {
  if (!torch::cuda::is_available()) return false;
  for (const Precision precision : {Precision::fp32, Precision::bf16})
    benchmark::RegisterBenchmark(precision == Precision::bf16 ? "gpu_sampler_step_bf16" : "gpu_sampler_step",
                                 [precision](benchmark::State& state) {
                                   sampler_step(state, kPaper, precision, {torch::kCUDA, 0});
                                 })
        ->Apply(in_milliseconds);
  return true;
}();

}  // namespace
}  // namespace interprior
