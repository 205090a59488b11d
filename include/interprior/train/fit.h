#pragma once
#include <torch/autograd.h>

#include "interprior/base/log.h"
#include "interprior/base/progress.h"
#include "interprior/data/loader.h"
#include "interprior/train/autocast.h"
#include "interprior/train/device_batches.h"
#include "interprior/train/optimiser.h"
#include "interprior/train/run_folder.h"
#include "interprior/train/stop_signal.h"
#include "interprior/train/task.h"
#include "interprior/train/term_means.h"
#include "interprior/train/train_options.h"

namespace interprior {

// The run's two files: the checkpoint for use, and beside it the state for resuming. Each is atomic.
void save_run(const RunFolder& run, const torch::nn::Module& network, const Optimiser& optimiser, CheckpointInfo info,
              int64_t step, const Measurement& measurement);
// The step a resumed run goes on from. Throws Error when the run has no usable state.
int64_t resume_run(const RunFolder& run, Optimiser& optimiser);
// Takes what fits of a checkpoint's (or a torchvision trunk's) weights and says how much that was. Nothing when `init` is empty or
// the run is resumed. Throws Error.
void start_from(torch::nn::Module& network, const std::string& init, const TrainOptions& options);
// Leaves a core to each loader thread when the network itself runs on the CPU: two parallel regions on one core wait for each
// other. OMP_NUM_THREADS, where set, is left as it is.
void share_cores(torch::Device device, int64_t workers);
void log_measurement(RunFolder& run, int64_t step, const Measurement& measurement);

// Trains a task to the end of its config (or of options.stop_after). Same config, same machine, same weights.
template <class Batch>
void fit(Task<Batch>& task, const Dataset<Batch>& data, const LoaderConfig& loading, const FitConfig& config, Seed seed,
         RunFolder& run, const TrainOptions& options) {
  share_cores(options.device, loading.workers);
  Optimiser optimiser(task.network(), config);
  int64_t step = options.resume ? resume_run(run, optimiser) : 0;
  if (options.resume) run.truncate_log(step);
  const int64_t end = options.stop_after > 0 ? std::min(config.steps, options.stop_after) : config.steps;
  Loader<Batch> loader(data, loading, {seed.derive("data"), /*shuffle=*/true, /*endless=*/true, /*first_batch=*/step});
  DeviceBatches<Batch> batches(loader, options.device);
  Progress progress("train", end, step);
  TermMeans means;
  Measurement measurement;
  const StopSignal stop;

  for (bool stopping = false; step < end && !stopping;) {
    const Batch batch = batches.next();
    task.network().train();

    Terms terms;
    {
      const Autocast autocast(config.precision, options.device.type());
      const auto done = torch::full({}, static_cast<double>(step) / static_cast<double>(config.steps), options.device);
      terms = task.losses(batch, {step, done, seed.derive("noise").derive(static_cast<uint64_t>(step))});
    }
    const torch::Tensor loss = terms.total();
    optimiser.step(loss, step);
    means.add(terms, loss);
    ++step;
    stopping = stop.requested();  // read once: what ends the loop has been saved

    if (step % config.log_every == 0 || step == end) {
      auto values = means.take();
      values["learning_rate"] = config.learning_rate * schedule(config, step - 1);
      values["gradient_norm"] = optimiser.gradient_norm();
      values["skipped_steps"] = static_cast<double>(optimiser.skipped());
      progress.update(step, c10::str("loss ", values["loss"]));
      run.log(step, "train", values);
    }
    if (step % config.measure_every == 0 || step == config.steps) {
      optimiser.swap_averaged();
      task.network().eval();
      measurement = task.measure();
      optimiser.swap_averaged();
      log_measurement(run, step, measurement);
    }
    if (step % config.checkpoint_every == 0 || step == end || stopping)
      save_run(run, task.network(), optimiser, task.describe(), step, measurement);
  }
}

}  // namespace interprior
