#pragma once
#include "interprior/base/config/config.h"
#include "interprior/base/seed.h"
#include "interprior/data/loader.h"
#include "interprior/train/fit_config.h"
#include "interprior/train/task.h"
#include "interprior/train/train_options.h"

namespace interprior {

// What the training loop needs of a stage's config.
struct RunConfig {
  LoaderConfig loader;
  FitConfig fit;
  Seed seed;
  std::string resolved;  // the stage's whole config as YAML
};
// Of a config with `loader`, `fit` and `seed`, such as PriorTrainConfig.
template <Described Config>
RunConfig run_config(const Config& config) {
  return {config.loader, config.fit, Seed{static_cast<uint64_t>(config.seed)}, dump_config(config)};
}

// Loads all tensors of a checkpoint (or torchvision backbone) whose name and shape match, and logs how many. No effect when
// `init` is empty or the run resumes. Throws Error.
void start_from(torch::nn::Module& network, const std::string& init, const TrainOptions& options);

// Trains a task to fit.steps (or options.stop_after), or replays the batch of options.replay. The same config on the same machine
// gives the same weights; batches do not depend on the number of processes. Saves the last complete step before it throws.
// Exists for the batch types PatternBatch and ImageBatch (src/train/fit.cc).
template <class Batch>
TrainEnd fit(Task<Batch>& task, const Dataset<Batch>& data, const RunConfig& config, const TrainOptions& options);

}  // namespace interprior
