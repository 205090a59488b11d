#include <benchmark/benchmark.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/linear.h>
#include <unistd.h>

#include <chrono>

#include "interprior/run/run_checkpoints.h"
#include "train/optimiser.h"

namespace interprior {
namespace {

namespace nn = torch::nn;

// Time that a training loop waits when its state is saved: 60 M parameters with their moments and EMA weights, 960 MB. The
// background write is measured separately.
void checkpoint_stall(benchmark::State& state) {
  nn::ModuleList network;
  for (int layer = 0; layer < 15; ++layer) network->push_back(nn::Linear(2000, 2000));
  FitConfig config;
  config.keep_last = 1;
  Optimiser optimiser(*network, config);
  const auto folder = std::filesystem::temp_directory_path() / ("interprior-checkpoints-" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  CheckpointInfo info;
  info.kind = "prior";
  double written = 0;
  {
    RunCheckpoints checkpoints(folder, {config.keep_last, config.monitor});
    int64_t step = 0;
    checkpoints.save(optimiser.state(), info, {step, 0, 1, 1}, false);  // allocates the buffer of the copy
    checkpoints.finish();
    for (auto _ : state) {
      checkpoints.save(optimiser.state(), info, {++step, 0, 1, 1}, false);
      state.PauseTiming();
      const auto begin = std::chrono::steady_clock::now();
      checkpoints.finish();
      written += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
      state.ResumeTiming();
    }
    state.counters["written_s"] = written / static_cast<double>(step);
  }
  std::filesystem::remove_all(folder);
}
BENCHMARK(checkpoint_stall)->Unit(benchmark::kMillisecond)->UseRealTime()->MinTime(2);

}  // namespace
}  // namespace interprior
