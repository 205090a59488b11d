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

// How the batch of a step is shared: each process takes `parts` times `rows` of its samples.
struct BatchShare {
  int64_t batch, ranks, parts, rows;
  // Throws Error unless the batch can be shared evenly.
  BatchShare(int64_t batch, int64_t ranks, int64_t parts);
  int64_t first_row(int64_t part, int64_t rank) const { return (part * ranks + rank) * rows; }  // in the step's batch
};

// Takes what fits of a checkpoint's (or a torchvision trunk's) weights and says how much that was. Nothing when `init` is empty
// or the run goes on from its own state. Throws Error.
void start_from(torch::nn::Module& network, const std::string& init, const TrainOptions& options);
// Leaves a core to each loader thread when the network itself runs on the CPU: two parallel regions on one core wait for each
// other. OMP_NUM_THREADS, where set, is left as it is.
void describe_device(torch::Device device, const FitConfig& config);
void share_cores(torch::Device device, int64_t workers);
// Goes on from the run's newest whole state, or begins; the same in every process. Says where other processes or batches go on.
RunPosition begin_at(const RunFolder& run, Optimiser& optimiser, const BatchShare& share, const TrainOptions& options);
// Throws Error, in every process, where one has another config or other data than rank 0.
void require_same_run(const std::string& resolved_config, const std::string& data, const TrainOptions& options);
// Who would start this run anew: RUN/.job.
void record_job(const RunFolder& run, const TrainOptions& options);
// Measures with the averaged weights, and logs numbers, pictures and histograms. Whether it is the best so far, which it is not
// where more than 1 % of the samples had to be left out. A validation that fails is logged without numbers, with a warning.
bool measure(TaskBase& task, Optimiser& optimiser, RunFolder& run, RunCheckpoints& checkpoints, int64_t step,
             Measurement& measurement);
// The line of the log of a step; says which steps were skipped.
void log_step(RunFolder& run, Progress& progress, int64_t step, std::map<std::string, double> values);
std::string listed(const std::vector<std::string>& samples);
// What a device's lack of memory means for a person.
[[noreturn]] void throw_out_of_memory(const BatchShare& share);

// A run's training, step by step. Same config, same machine, same weights; the same batches whatever the number of processes.
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
        share_(loading.batch, options.together->ranks(), config.accumulate),
        optimiser_(with_norms(task.network(), config, *options.together), config),
        gradients_(optimiser_.parameters(), options.together),
        checkpoints_(run.checkpoints(), {config.keep_last, config.monitor}),
        at_(begin_at(run, optimiser_, share_, options)),
        end_(options.stop_after > 0 ? std::min(config.steps, options.stop_after) : config.steps),
        loader_(data, {share_.rows, loading.workers, loading.prefetch},
                {seed.derive("data"), /*shuffle=*/true, /*endless=*/true, at_.samples, options.together->rank(), share_.ranks}),
        batches_(loader_, options.device),
        speed_(options.device) {
    first_step_ = saved_step_ = at_.step;
    if (config.cuda_graph) {
      require(share_.ranks == 1 && share_.parts == 1, "recorded steps are of one process and whole batches", "fit.cuda_graph",
              "set it to false, or train with one process and fit.accumulate 1");
      graphed_.emplace(task, optimiser_, config, options.device);
    }
    run_.go_on_from(at_.step);
  }

  TrainEnd to_the_end() {
    Progress progress("train", end_, at_.step);
    const DeviceMath math(config_.tf32, config_.cudnn_benchmark);
    const StopSignal stop;
    bool stopping = false;
    try {
      // An earlier start may have ended in its measurement, or a power cut may have taken the log's line.
      if (at_.step > 0 && measure_due() && run_.writes() && last_measured(run_.path()) < at_.step) save(measure_together());
      while (at_.step < end_ && !stopping) {
        step();
        stopping = options_.together->any(stop.requested());
        const bool last = at_.step == end_ || stopping;
        if (at_.step % config_.log_every == 0 || last) log(progress);
        bool best = false;
        if (measure_due()) best = measure_together();
        if (best || last || due()) save(best);
      }
    } catch (const c10::OutOfMemoryError&) {
      keep_what_was_learned();
      throw_out_of_memory(share_);
    } catch (const std::exception&) {
      keep_what_was_learned();
      throw;
    }
    if (run_.writes()) checkpoints_.finish();
    TrainEnd end{at_.step, config_.steps, stopping && at_.step < end_};
    end.interrupted = end.stopped && options_.together->any(stop.interrupted());
    return end;
  }

 private:
  static torch::nn::Module& with_norms(torch::nn::Module& network, const FitConfig& config, Communicator& together) {
    set_norms(network, config.norm, together.summing());
    return network;
  }

  // Data that can no longer be read, or another process that is gone, ends a run, not what it has learned up to its last whole
  // step.
  void keep_what_was_learned() {
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
    options_.together->reached(at_.step, Doing::computing);
    task_.network().train();
    if (graphed_)
      recorded_step();
    else
      ordinary_step();
    in_step_ = false;
    speed_.add(share_.batch);
    ++at_.step;
    at_.samples += share_.batch;
  }

  void recorded_step() {
    const Batch batch = speed_.waiting([this] { return batches_.next(); });
    in_step_ = true;  // behind the batch: what is forgotten when it cannot be had must not be the step before
    (*graphed_)(batch, this_step(0));
    means_.add(graphed_->terms(), graphed_->loss());
    bad_.add(at_.step, optimiser_.bad().clone());
    last_batch_ = batch;
  }

  void ordinary_step() {
    in_step_ = true;
    optimiser_.clear_gradients();
    torch::Tensor loss;
    for (int64_t part = 0; part < share_.parts; ++part) {
      const Batch batch = speed_.waiting([this] { return batches_.next(); });
      const Step step = this_step(part);
      Terms terms;
      {
        const Autocast autocast(config_.precision, options_.device.type());
        terms = task_.losses(batch, step);
      }
      const torch::Tensor total = terms.total(), share = total / share_.parts;
      gradients_.backward(share, /*last=*/part + 1 == share_.parts);
      means_.add(terms, total);
      loss = loss.defined() ? loss + share.detach() : share.detach();
      last_batch_ = batch;
    }
    loss = gradients_.finish(loss);
    if (config_.norm == NormMode::batch && optimiser_.norm_statistics().defined())
      options_.together->begin_average(optimiser_.norm_statistics())->wait();
    optimiser_.update(loss, at_.step);
    bad_.add(at_.step, optimiser_.bad());
  }

  Step this_step(int64_t part) const {
    const auto done = torch::full({}, static_cast<double>(at_.step) / static_cast<double>(config_.steps), options_.device);
    return {at_.step, done,
            RowSeed{seed_.derive("noise").derive(static_cast<uint64_t>(at_.step)),
                    share_.first_row(part, options_.together->rank())}};
  }

  bool measure_due() const { return at_.step % config_.validate_every == 0 || at_.step == config_.steps; }

  bool due() const {
    if (at_.step % config_.checkpoint_every == 0) return true;
    return config_.checkpoint_minutes > 0 && run_.writes() && checkpoints_.age() > 60 * config_.checkpoint_minutes;
  }

  void save(bool best) {
    if (!run_.writes()) return;
    options_.together->reached(at_.step, Doing::measuring);
    CheckpointInfo info = task_.describe();
    if (measured_step_ == at_.step)  // another step's numbers are not this one's
      for (const auto& [name, value] : measurement_.values) info.metrics[name] = metric_text(value);
    run_.sync();
    checkpoints_.save(optimiser_.state(), std::move(info), at_, best);
    saved_step_ = at_.step;
  }

  bool measure_together() {
    if (!run_.writes()) return false;
    options_.together->reached(at_.step, Doing::measuring);
    const bool best = measure(task_, optimiser_, run_, checkpoints_, at_.step, measurement_);
    measured_step_ = at_.step;
    return best;
  }

  void log(Progress& progress) {
    for (const int64_t step : bad_.take())
      log_warning(
          c10::str("step ", step, " was skipped, its loss or gradient is not finite; its samples: ", listed(samples_of(step))));
    auto values = options_.together->mean(means_.take());
    values["learning_rate"] = config_.learning_rate * schedule(config_, at_.step - 1);
    values["gradient_norm"] = optimiser_.gradient_norm();
    values["skipped_steps"] = static_cast<double>(optimiser_.skipped());
    for (const auto& [name, value] : speed_.take()) values[name] = value;
    log_step(run_, progress, at_.step, values);
    if (bad_.in_a_row() >= config_.max_bad_steps) stop_at_bad_batch();
  }

  // Names of this process's samples of a step of this start.
  std::vector<std::string> samples_of(int64_t step) {
    std::vector<std::string> names;
    for (int64_t part = 0; part < share_.parts; ++part)
      for (const int64_t index : loader_.indices((step - first_step_) * share_.parts + part)) names.push_back(data_.name(index));
    return names;
  }

  [[noreturn]] void stop_at_bad_batch() {
    const int64_t step = at_.step - 1, rank = options_.together->rank();
    std::vector<std::string> names = samples_of(step);
    names.erase(names.begin(), names.end() - share_.rows);
    const auto path = options_.run / "faults" / c10::str("step_", step, "_process_", rank, ".safetensors");
    Step met = this_step(share_.parts - 1);
    met.index = step;
    met.seed.seed = seed_.derive("noise").derive(static_cast<uint64_t>(step));
    write_replay(path, replay_of(*last_batch_, task_.network(), met, names));
    throw Error(c10::str("the last ", bad_.in_a_row(),
                         " steps had no finite loss or gradient (fit.max_bad_steps); the last batch is kept"),
                path.string(),
                "look at it with --replay " + path.string() +
                    "; then lower the learning rate, or go on from a checkpoint "
                    "before it with --resume");
  }

  Task<Batch>& task_;
  const Dataset<Batch>& data_;
  const FitConfig& config_;
  Seed seed_;
  RunFolder& run_;
  const TrainOptions& options_;
  BatchShare share_;
  Optimiser optimiser_;
  GradientAverage gradients_;
  RunCheckpoints checkpoints_;
  RunPosition at_;
  int64_t end_, first_step_ = 0, saved_step_ = 0, measured_step_ = -1;
  bool in_step_ = false;
  Loader<Batch> loader_;
  DeviceBatches<Batch> batches_;
  std::optional<GraphedStep<Batch>> graphed_;
  StepSpeed speed_;
  BadSteps bad_;
  TermMeans means_;
  Measurement measurement_;
  std::optional<Batch> last_batch_;
};

// Trains a task to the end of its config (or of options.stop_after), or looks at a batch that it stopped at.
template <class Batch>
TrainEnd fit(Task<Batch>& task, const Dataset<Batch>& data, const LoaderConfig& loading, const FitConfig& config, Seed seed,
             const std::string& resolved_config, const TrainOptions& options) {
  if (!options.replay.empty()) {
    *options.replayed = replay(task, data, config, options.replay, options.device);
    return {};
  }
  require_same_run(resolved_config, c10::str(data.size(), " ", data.name(0)), options);
  RunFolder run(options.run, resolved_config, options.resume, options.together->leads());
  if (run.writes()) record_job(run, options);
  share_cores(options.device, loading.workers);
  if (run.writes()) describe_device(options.device, config);
  return Fit<Batch>(task, data, loading, config, seed, run, options).to_the_end();
}

}  // namespace interprior
