#pragma once
#include <torch/types.h>

#include <optional>
#include <string>
#include <vector>

#include "graphed_step.h"
#include "interprior/base/autocast.h"
#include "interprior/base/error.h"
#include "interprior/distributed/gradient_average.h"
#include "interprior/train/fit.h"
#include "interprior/train/task.h"
#include "optimiser.h"
#include "replay.h"
#include "run_batches.h"
#include "step_log.h"

namespace interprior {

// One step of training: loads the micro-batches, averages their gradients over the processes, and updates the weights. With
// fit.cuda_graph all but the loading is a CUDA graph.
template <class Batch>
class TrainStep {
 public:
  TrainStep(Task<Batch>& task, const RunConfig& config, Optimiser& optimiser, RunBatches<Batch>& batches,
            const TrainOptions& options)
      : task_(task),
        config_(config),
        optimiser_(optimiser),
        batches_(batches),
        options_(options),
        gradients_(optimiser.parameters(), options.communicator) {
    if (!config.fit.cuda_graph) return;
    require(batches.split().ranks == 1 && batches.split().micro_batches == 1,
            "CUDA graphs need one process and no gradient accumulation", "fit.cuda_graph",
            "set it to false, or train with one process and fit.accumulate 1");
    graphed_.emplace(task, optimiser, config.fit, options.device);
  }

  void operator()(int64_t step, StepLog& log) {
    task_.network().train();
    if (graphed_)
      recorded(step, log);
    else
      ordinary(step, log);
    begun_ = false;
    log.speed.add(batches_.split().batch);
  }

  // Restores the batch-norm statistics when the last call ended with an exception.
  void forget_unfinished() {
    if (begun_) optimiser_.forget_step();
  }

  // The last micro-batch of `step`, the step of the last call.
  ReplayFile last_micro_batch(int64_t step) {
    std::vector<std::string> names = batches_.samples_of(step);
    names.erase(names.begin(), names.end() - batches_.split().rows);
    return replay_of(*last_batch_, task_.network(), part(step, batches_.split().micro_batches - 1), names);
  }

 private:
  void recorded(int64_t step, StepLog& log) {
    const Batch batch = log.speed.waiting([this] { return batches_.next(); });
    begun_ = true;  // after loading: a failed load must not make forget_step() undo the previous step
    (*graphed_)(batch, part(step, 0));
    log.means.add(graphed_->terms(), graphed_->loss());
    log.bad.add(step, optimiser_.bad().clone());
    last_batch_ = batch;
  }

  void ordinary(int64_t step, StepLog& log) {
    const int64_t micro_batches = batches_.split().micro_batches;
    begun_ = true;
    optimiser_.clear_gradients();
    torch::Tensor loss;
    for (int64_t micro_batch = 0; micro_batch < micro_batches; ++micro_batch) {
      const Batch batch = log.speed.waiting([this] { return batches_.next(); });
      const Step at = part(step, micro_batch);
      Terms terms;
      {
        const Autocast autocast(config_.fit.precision == Precision::bf16, options_.device.type());
        terms = task_.losses(batch, at);
      }
      const torch::Tensor total = terms.total(), share = total / micro_batches;
      gradients_.backward(share, /*last=*/micro_batch + 1 == micro_batches);
      log.means.add(terms, total);
      loss = loss.defined() ? loss + share.detach() : share.detach();
      last_batch_ = batch;
    }
    loss = gradients_.finish(loss);
    if (config_.fit.norm == NormMode::batch && optimiser_.norm_statistics().defined())
      options_.communicator->begin_average(optimiser_.norm_statistics())->wait();
    optimiser_.update(loss, step);
    log.bad.add(step, optimiser_.bad());
  }

  // What the task is told of a micro-batch.
  Step part(int64_t step, int64_t micro_batch) const {
    const auto done = torch::full({}, static_cast<double>(step) / static_cast<double>(config_.fit.steps), options_.device);
    return {step, done,
            RowSeed{config_.seed.derive("noise").derive(static_cast<uint64_t>(step)),
                    batches_.split().first_row(micro_batch, options_.communicator->rank())}};
  }

  Task<Batch>& task_;
  const RunConfig& config_;
  Optimiser& optimiser_;
  RunBatches<Batch>& batches_;
  const TrainOptions& options_;
  GradientAverage gradients_;
  std::optional<GraphedStep<Batch>> graphed_;
  std::optional<Batch> last_batch_;
  bool begun_ = false;  // a step is not complete
};

}  // namespace interprior
