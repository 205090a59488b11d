#include <benchmark/benchmark.h>
#include <torch/types.h>

#include "interprior/base/seed.h"
#include "interprior/objective/adjacency_heatmap.h"
#include "peak_memory.h"

namespace interprior {
namespace {

// Targets H of 64 crops of 256 px, 42 joints anywhere in them.
void iah_targets(benchmark::State& state) {
  constexpr int64_t kBatch = 64, kCrop = 256, kGrid = 64;
  const HeatmapConfig config;
  const torch::Tensor places = 256 * uniform_tensor({kBatch, 42, 2}, Seed{1}) - 0.5;
  const torch::Tensor in_camera = normal_tensor({kBatch, 42, 3}, Seed{2}), valid = torch::ones({kBatch, 42}, torch::kBool);
  const auto targets = [&] { return heatmap_target(config, {places, in_camera, valid, {}}, kCrop, kGrid).maps; };
  {
    const PeakMemory memory;
    const torch::Tensor maps = targets();
    state.counters["memory/output"] = memory.bytes() / static_cast<double>(maps.nbytes());
  }
  for (auto _ : state) benchmark::DoNotOptimize(targets());
}
BENCHMARK(iah_targets)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace interprior
