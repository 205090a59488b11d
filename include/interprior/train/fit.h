#pragma once
#include "interprior/base/error.h"
#include "interprior/base/log.h"
#include "interprior/base/progress.h"
#include "interprior/base/stop_signal.h"
#include "interprior/data/loader.h"
#include "interprior/distributed/gradient_average.h"
#include "interprior/run/run_checkpoints.h"
#include "interprior/run/run_folder.h"
#include "interprior/train/autocast.h"
#include "interprior/train/bad_steps.h"
#include "interprior/train/device_batches.h"
#include "interprior/train/device_math.h"
#include "interprior/train/graphed_step.h"
#include "interprior/train/replay.h"
#include "interprior/train/step_speed.h"
#include "interprior/train/task.h"
#include "interprior/train/term_means.h"
#include "interprior/train/train_options.h"

namespace interprior {

// Split of a step's batch: each process takes `micro_batches` micro-batches of `rows` samples.
struct BatchSplit {
  int64_t batch, ranks, micro_batches, rows;
  // Throws Error unless the batch can be split evenly.
  BatchSplit(int64_t batch, int64_t ranks, int64_t micro_batches);
  int64_t first_row(int64_t micro_batch, int64_t rank) const {
    return (micro_batch * ranks + rank) * rows;
  }  // in the step's batch
};

// Loads all tensors of a checkpoint (or torchvision backbone) whose name and shape match, and logs how many. No effect when
// `init` is empty or the run resumes. Throws Error.
void start_from(torch::nn::Module& network, const std::string& init, const TrainOptions& options);
// Logs a GPU's precision settings.
void describe_device(torch::Device device, const FitConfig& config);
// Leaves a core to each loader thread when the network runs on the CPU: two parallel regions on one core wait for each other.
// OMP_NUM_THREADS takes precedence.
void share_cores(torch::Device device, int64_t workers);
// Resumes from the run's newest undamaged checkpoint, or starts at step 0; the same in every process. Logs when the number of
// processes or the batch differs from the checkpoint's.
RunPosition starting_position(const RunFolder& run, Optimiser& optimiser, const BatchSplit& split, const TrainOptions& options);
// Throws Error, in every process, when one has another config or other data than rank 0.
void require_same_run(const std::string& resolved_config, const std::string& data, const TrainOptions& options);
// Records the job that would restart this run in RUN/.job.
void record_job(const RunFolder& run, const TrainOptions& options);
// Validates the EMA weights and logs metrics, images and histograms. Returns whether the result is the best so far, which
// requires that at most 1 % of the samples were left out. A failed validation is logged without metrics, with a warning.
bool validate_task(TaskBase& task, Optimiser& optimiser, RunFolder& run, RunCheckpoints& checkpoints, int64_t step,
                   ValidationResult& result);
// Writes a step's line of the log and updates the progress display.
void log_step(RunFolder& run, Progress& progress, int64_t step, std::map<std::string, double> values);
std::string listed(const std::vector<std::string>& samples);
// Throws an Error that suggests settings that need less memory.
[[noreturn]] void rethrow_out_of_memory(const BatchSplit& split);

// Training loop of a run. The same config on the same machine gives the same weights; batches do not depend on the number of
// processes.
template <class Batch>
class Fit {
 public:
  Fit(Task<Batch>& task, const Dataset<Batch>& data, const LoaderConfig& loading, const FitConfig& config, Seed seed,
      RunFolder& run, const TrainOptions& options)
      : task_(task),
        data_(data),
        config_(config),
        seed_(seed),
        run_(run),
        options_(options),
        split_(loading.batch, options.communicator->ranks(), config.accumulate),
        optimiser_(with_norms(task.network(), config, *options.communicator), config),
        gradients_(optimiser_.parameters(), options.communicator),
        checkpoints_(run.checkpoints(), {config.keep_last, config.monitor}),
        at_(starting_position(run, optimiser_, split_, options)),
        end_(options.stop_after > 0 ? std::min(config.steps, options.stop_after) : config.steps),
        loader_(
            data, {split_.rows, loading.workers, loading.prefetch},
            {seed.derive("data"), /*shuffle=*/true, /*endless=*/true, at_.samples, options.communicator->rank(), split_.ranks}),
        batches_(loader_, options.device),
        speed_(options.device) {
    first_step_ = saved_step_ = at_.step;
    if (config.cuda_graph) {
      require(split_.ranks == 1 && split_.micro_batches == 1, "CUDA graphs need one process and no gradient accumulation",
              "fit.cuda_graph", "set it to false, or train with one process and fit.accumulate 1");
      graphed_.emplace(task, optimiser_, config, options.device);
    }
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

  // Saves the state of the last complete step when the run ends with an error (unreadable data, a lost process).
  void save_on_error() {
    if (in_step_) optimiser_.forget_step();
    if (at_.step <= saved_step_ || !run_.writes()) return;
    save(false);
    try {
      checkpoints_.finish();
    } catch (const Error& problem) {
      log_error(problem.what());
    }
  }

  void step() {
    options_.communicator->reached(at_.step, ProcessState::computing);
    task_.network().train();
    if (graphed_)
      recorded_step();
    else
      ordinary_step();
    in_step_ = false;
    speed_.add(split_.batch);
    ++at_.step;
    at_.samples += split_.batch;
  }

  void recorded_step() {
    const Batch batch = speed_.waiting([this] { return batches_.next(); });
    in_step_ = true;  // after loading: a failed load must not make forget_step() undo the previous step
    (*graphed_)(batch, this_step(0));
    means_.add(graphed_->terms(), graphed_->loss());
    bad_.add(at_.step, optimiser_.bad().clone());
    last_batch_ = batch;
  }

  void ordinary_step() {
    in_step_ = true;
    optimiser_.clear_gradients();
    torch::Tensor loss;
    for (int64_t micro_batch = 0; micro_batch < split_.micro_batches; ++micro_batch) {
      const Batch batch = speed_.waiting([this] { return batches_.next(); });
      const Step step = this_step(micro_batch);
      Terms terms;
      {
        const Autocast autocast(config_.precision, options_.device.type());
        terms = task_.losses(batch, step);
      }
      const torch::Tensor total = terms.total(), part = total / split_.micro_batches;
      gradients_.backward(part, /*last=*/micro_batch + 1 == split_.micro_batches);
      means_.add(terms, total);
      loss = loss.defined() ? loss + part.detach() : part.detach();
      last_batch_ = batch;
    }
    loss = gradients_.finish(loss);
    if (config_.norm == NormMode::batch && optimiser_.norm_statistics().defined())
      options_.communicator->begin_average(optimiser_.norm_statistics())->wait();
    optimiser_.update(loss, at_.step);
    bad_.add(at_.step, optimiser_.bad());
  }

  Step this_step(int64_t micro_batch) const {
    const auto done = torch::full({}, static_cast<double>(at_.step) / static_cast<double>(config_.steps), options_.device);
    return {at_.step, done,
            RowSeed{seed_.derive("noise").derive(static_cast<uint64_t>(at_.step)),
                    split_.first_row(micro_batch, options_.communicator->rank())}};
  }

  bool validation_due() const { return at_.step % config_.validate_every == 0 || at_.step == config_.steps; }

  bool due() const {
    if (at_.step % config_.checkpoint_every == 0) return true;
    return config_.checkpoint_minutes > 0 && run_.writes() && checkpoints_.age() > 60 * config_.checkpoint_minutes;
  }

  void save(bool best) {
    if (!run_.writes()) return;
    options_.communicator->reached(at_.step, ProcessState::measuring);
    CheckpointInfo info = task_.describe();
    if (validated_step_ == at_.step)  // metrics of another step do not belong here
      for (const auto& [name, value] : validation_.values) info.metrics[name] = metric_text(value);
    run_.sync();
    checkpoints_.save(optimiser_.state(), std::move(info), at_, best);
    saved_step_ = at_.step;
  }

  bool validate() {
    if (!run_.writes()) return false;
    options_.communicator->reached(at_.step, ProcessState::measuring);
    const bool best = validate_task(task_, optimiser_, run_, checkpoints_, at_.step, validation_);
    validated_step_ = at_.step;
    return best;
  }

  void log(Progress& progress) {
    for (const int64_t step : bad_.take())
      log_warning(
          c10::str("step ", step, " was skipped, its loss or gradient is not finite; its samples: ", listed(samples_of(step))));
    auto values = options_.communicator->mean(means_.take());
    values["learning_rate"] = config_.learning_rate * schedule(config_, at_.step - 1);
    values["gradient_norm"] = optimiser_.gradient_norm();
    values["skipped_steps"] = static_cast<double>(optimiser_.skipped());
    for (const auto& [name, value] : speed_.take()) values[name] = value;
    log_step(run_, progress, at_.step, values);
    if (bad_.in_a_row() >= config_.max_bad_steps) stop_at_bad_batch();
  }

  // Names of this process's samples in a step since this process started.
  std::vector<std::string> samples_of(int64_t step) {
    std::vector<std::string> names;
    for (int64_t micro_batch = 0; micro_batch < split_.micro_batches; ++micro_batch)
      for (const int64_t index : loader_.indices((step - first_step_) * split_.micro_batches + micro_batch))
        names.push_back(data_.name(index));
    return names;
  }

  [[noreturn]] void stop_at_bad_batch() {
    const int64_t step = at_.step - 1, rank = options_.communicator->rank();
    std::vector<std::string> names = samples_of(step);
    names.erase(names.begin(), names.end() - split_.rows);
    const auto path = options_.run / "faults" / c10::str("step_", step, "_process_", rank, ".safetensors");
    Step met = this_step(split_.micro_batches - 1);
    met.index = step;
    met.seed.seed = seed_.derive("noise").derive(static_cast<uint64_t>(step));
    write_replay(path, replay_of(*last_batch_, task_.network(), met, names));
    throw Error(c10::str("the last ", bad_.in_a_row(),
                         " steps had no finite loss or gradient (fit.max_bad_steps); the last batch is saved"),
                path.string(),
                "inspect it with --replay " + path.string() +
                    "; then lower the learning rate, or continue from an earlier checkpoint "
                    "with --resume");
  }

  Task<Batch>& task_;
  const Dataset<Batch>& data_;
  const FitConfig& config_;
  Seed seed_;
  RunFolder& run_;
  const TrainOptions& options_;
  BatchSplit split_;
  Optimiser optimiser_;
  GradientAverage gradients_;
  RunCheckpoints checkpoints_;
  RunPosition at_;
  int64_t end_, first_step_ = 0, saved_step_ = 0, validated_step_ = -1;
  bool in_step_ = false;
  Loader<Batch> loader_;
  DeviceBatches<Batch> batches_;
  std::optional<GraphedStep<Batch>> graphed_;
  StepSpeed speed_;
  BadSteps bad_;
  TermMeans means_;
  ValidationResult validation_;
  std::optional<Batch> last_batch_;
};

// Trains a task to fit.steps (or options.stop_after), or replays the batch of options.replay.
template <class Batch>
TrainEnd fit(Task<Batch>& task, const Dataset<Batch>& data, const LoaderConfig& loading, const FitConfig& config, Seed seed,
             const std::string& resolved_config, const TrainOptions& options) {
  if (!options.replay.empty()) {
    *options.replayed = replay(task, data, config, options.replay, options.device);
    return {};
  }
  require_same_run(resolved_config, c10::str(data.size(), " ", data.name(0)), options);
  RunFolder run(options.run, resolved_config, options.resume, options.communicator->leads());
  if (run.writes()) record_job(run, options);
  share_cores(options.device, loading.workers);
  if (run.writes()) describe_device(options.device, config);
  return Fit<Batch>(task, data, loading, config, seed, run, options).run();
}

}  // namespace interprior
