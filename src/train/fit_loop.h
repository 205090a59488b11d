#pragma once
#include <c10/util/Exception.h>
#include <c10/util/StringUtil.h>

#include <algorithm>
#include <exception>
#include <string>

#include "batch_split.h"
#include "interprior/base/error.h"
#include "interprior/base/log.h"
#include "interprior/base/progress.h"
#include "interprior/base/stop_signal.h"
#include "interprior/run/run_checkpoints.h"
#include "interprior/run/run_folder.h"
#include "interprior/train/device_math.h"
#include "interprior/train/fit.h"
#include "optimiser.h"
#include "replay.h"
#include "run_batches.h"
#include "run_start.h"
#include "step_log.h"
#include "train_step.h"
#include "validate_task.h"

namespace interprior {

// Training loop of a run: steps, log, validation, checkpoints, until the last step or a signal.
template <class Batch>
class Fit {
 public:
  Fit(Task<Batch>& task, const Dataset<Batch>& data, const RunConfig& config, RunFolder& run, const TrainOptions& options)
      : task_(task),
        config_(config.fit),
        run_(run),
        options_(options),
        split_(config.loader.batch, options.communicator->ranks(), config_.accumulate),
        optimiser_(with_norms(task.network(), config_, *options.communicator), config_),
        checkpoints_(run.checkpoints(), {config_.keep_last, config_.monitor}),
        at_(starting_position(run, optimiser_, split_, options)),
        end_(options.stop_after > 0 ? std::min(config_.steps, options.stop_after) : config_.steps),
        saved_step_(at_.step),
        batches_(data, config, split_, at_, options),
        step_(task, config, optimiser_, batches_, options),
        log_{StepSpeed(options.device)} {
    run_.resume_from(at_.step);
  }

  TrainEnd run() {
    Progress progress("train", end_, at_.step);
    const DeviceMath math(config_.tf32, config_.cudnn_benchmark);
    const StopSignal stop;
    bool stopping = false;
    try {
      // The run may have been killed during validation, or its log line may be lost.
      if (at_.step > 0 && validation_due() && run_.writes() && last_validation(run_.path()) < at_.step) save(validate());
      while (at_.step < end_ && !stopping) {
        step();
        stopping = options_.communicator->any(stop.requested());
        const bool last = at_.step == end_ || stopping;
        if (at_.step % config_.log_every == 0 || last) log(progress);
        bool best = false;
        if (validation_due()) best = validate();
        if (best || last || due()) save(best);
      }
    } catch (const c10::OutOfMemoryError&) {
      save_on_error();
      rethrow_out_of_memory(split_);
    } catch (const std::exception&) {
      save_on_error();
      throw;
    }
    if (run_.writes()) checkpoints_.finish();
    TrainEnd end{at_.step, config_.steps, stopping && at_.step < end_};
    end.interrupted = end.stopped && options_.communicator->any(stop.interrupted());
    return end;
  }

 private:
  static torch::nn::Module& with_norms(torch::nn::Module& network, const FitConfig& config, Communicator& communicator) {
    set_norms(network, config.norm, communicator.summing());
    return network;
  }

  void step() {
    options_.communicator->reached(at_.step, ProcessState::computing);
    step_(at_.step, log_);
    ++at_.step;
    at_.samples += split_.batch;
  }

  bool validation_due() const { return at_.step % config_.validate_every == 0 || at_.step == config_.steps; }

  bool validate() {
    if (!run_.writes()) return false;
    options_.communicator->reached(at_.step, ProcessState::measuring);
    validated_ = validate_task(task_, optimiser_, run_, checkpoints_, at_.step);
    return validated_.best;
  }

  bool due() const {
    if (at_.step % config_.checkpoint_every == 0) return true;
    return config_.checkpoint_minutes > 0 && run_.writes() && checkpoints_.age() > 60 * config_.checkpoint_minutes;
  }

  void save(bool best) {
    if (!run_.writes()) return;
    options_.communicator->reached(at_.step, ProcessState::measuring);
    CheckpointInfo info = task_.describe();
    if (validated_.step == at_.step)  // metrics of another step do not belong here
      for (const auto& [name, value] : validated_.values) info.metrics[name] = metric_text(value);
    run_.sync();
    checkpoints_.save(optimiser_.state(), std::move(info), at_, best);
    saved_step_ = at_.step;
  }

  // Saves the state of the last complete step when the run ends with an error (unreadable data, a lost process).
  void save_on_error() {
    step_.forget_unfinished();
    if (at_.step <= saved_step_ || !run_.writes()) return;
    save(false);
    try {
      checkpoints_.finish();
    } catch (const Error& problem) {
      log_error(problem.what());
    }
  }

  void log(Progress& progress) {
    for (const int64_t step : log_.bad.take())
      log_warning(c10::str("step ", step,
                           " was skipped, its loss or gradient is not finite; its samples: ", listed(batches_.samples_of(step))));
    auto values = options_.communicator->mean(log_.means.take());
    values["learning_rate"] = config_.learning_rate * schedule(config_, at_.step - 1);
    values["gradient_norm"] = optimiser_.gradient_norm();
    values["skipped_steps"] = static_cast<double>(optimiser_.skipped());
    for (const auto& [name, value] : log_.speed.take()) values[name] = value;
    log_step(run_, progress, at_.step, values);
    if (log_.bad.in_a_row() >= config_.max_bad_steps) stop_at_bad_batch();
  }

  [[noreturn]] void stop_at_bad_batch() {
    const int64_t step = at_.step - 1, rank = options_.communicator->rank();
    const auto path = options_.run / "faults" / c10::str("step_", step, "_process_", rank, ".safetensors");
    write_replay(path, step_.last_micro_batch(step));
    throw Error(c10::str("the last ", log_.bad.in_a_row(),
                         " steps had no finite loss or gradient (fit.max_bad_steps); the last batch is saved"),
                path.string(),
                "inspect it with --replay " + path.string() +
                    "; then lower the learning rate, or continue from an earlier checkpoint "
                    "with --resume");
  }

  Task<Batch>& task_;
  const FitConfig& config_;
  RunFolder& run_;
  const TrainOptions& options_;
  BatchSplit split_;
  Optimiser optimiser_;
  RunCheckpoints checkpoints_;
  RunPosition at_;
  int64_t end_, saved_step_;
  RunBatches<Batch> batches_;
  TrainStep<Batch> step_;
  StepLog log_;
  Validated validated_;
};

template <class Batch>
TrainEnd fit(Task<Batch>& task, const Dataset<Batch>& data, const RunConfig& config, const TrainOptions& options) {
  if (!options.replay.empty()) {
    *options.replayed = replay(task, data, config.fit, options.replay, options.device);
    return {};
  }
  require_same_run(config.resolved, c10::str(data.size(), " ", data.name(0)), options);
  RunFolder run(options.run, config.resolved, options.resume, options.communicator->leads());
  if (run.writes()) record_job(run, options);
  share_cores(options.device, config.loader.workers);
  if (run.writes()) describe_device(options.device, config.fit);
  return Fit<Batch>(task, data, config, run, options).run();
}

}  // namespace interprior
