#include "interprior/train/fit.h"

#include <cstdlib>
#include <thread>

#include "interprior/base/files/atomic_file.h"

namespace interprior {

BatchShare::BatchShare(int64_t all, int64_t processes, int64_t parts_each)
    : batch(all), ranks(processes), parts(parts_each), rows(all / (processes * parts_each)) {
  require(rows * ranks * parts == batch,
          c10::str("a batch of ", batch, " cannot be shared by ", ranks, " process(es) in ", parts, " part(s) each"),
          "loader.batch", c10::str("give a multiple of ", ranks * parts, ": it is the batch of all processes together"));
}

bool TrainOptions::goes_on() const { return resume && has_resume_state(run); }

std::string stop_text(const TrainEnd& end) {
  const std::string stage = end.stage.empty() ? "" : "stage " + end.stage + ": ";
  return c10::str(stage, "stopped at ", end.step, " of ", end.steps, "; --resume continues");
}

void start_from(torch::nn::Module& network, const std::string& init, const TrainOptions& options) {
  if (init.empty() || options.goes_on()) return;
  const PartialLoad loaded = load_matching_weights(network, Safetensors(init));
  require(loaded.loaded > 0, "none of its tensors fits this network by name and shape", init,
          "give a checkpoint or trunk of this model");
  log_info(c10::str("started from ", init, ": ", loaded.loaded, " tensors loaded, ", loaded.kept, " kept, ", loaded.unused.size(),
                    " of the file unused", loaded.unused.empty() ? "" : ": " + listed(loaded.unused)));
}

void describe_device(torch::Device device, const FitConfig& config) {
  if (!device.is_cuda()) return;
  log_info(c10::str("training on ", device.str(), ", ", name_of(config.precision), ", fp32 products ",
                    config.tf32 ? "in TF32" : "whole", " (fit.tf32; whole in validation), cuDNN's kernels ",
                    config.cudnn_benchmark ? "by measurement" : "by rule", " (fit.cudnn_benchmark)"));
}

void share_cores(torch::Device device, int64_t workers) {
  if (!device.is_cpu() || std::getenv("OMP_NUM_THREADS") != nullptr) return;
  const auto cores = static_cast<int64_t>(std::thread::hardware_concurrency());
  at::set_num_threads(static_cast<int>(std::max<int64_t>(1, cores - workers)));
}

RunPosition begin_at(const RunFolder& run, Optimiser& optimiser, const BatchShare& share, const TrainOptions& options) {
  RunPosition at;
  if (options.resume && run.writes()) {
    const std::optional<RunPosition> saved =
        resume_from(run.checkpoints(), [&](const Safetensors& state) { optimiser.load(state); });
    require(saved || !holds_checkpoints(run.path()) || ended_in_first_checkpoint(run.path()),
            "this run has checkpoints, but none to go on from (*.resume.safetensors)", run.checkpoints().string(),
            "train in another folder, with init: one of them where its weights are wanted");
    if (!saved) log_warning("this run ended before its first checkpoint was whole: it begins anew");
    at = saved.value_or(at);
    if (saved && saved->ranks != share.ranks)
      log_info(c10::str("going on with ", share.ranks, " process(es) instead of ", saved->ranks,
                        ": the same batches in the same order, numbers equal up to rounding"));
    if (saved && saved->batch != share.batch)
      log_warning(c10::str("going on with batches of ", share.batch, " instead of ", saved->batch, ", after the ", saved->samples,
                           " samples already seen"));
  }
  torch::Tensor position = torch::tensor({at.step, at.samples}, torch::kInt64);
  std::vector<torch::Tensor> shared = {position};
  for (const auto& [name, tensor] : optimiser.state()) shared.push_back(tensor);
  options.together->broadcast(shared);
  return {position[0].item<int64_t>(), position[1].item<int64_t>(), share.batch, share.ranks};
}

void require_same_run(const std::string& resolved_config, const std::string& data, const TrainOptions& options) {
  if (options.together->ranks() == 1) return;
  const auto number = static_cast<int64_t>(std::stoull(text_hash(resolved_config + data), nullptr, 16) >> 1);
  torch::Tensor first = torch::tensor({number}, torch::kInt64);
  options.together->broadcast({first});
  const bool other = first.item<int64_t>() != number;
  const bool any = options.together->any(other);
  require(!other, c10::str("process ", options.together->rank(), " has another config or other data than process 0"), "",
          "start all processes with the same command and the same files");
  require(!any, "a process has another config or other data than process 0", "",
          "start all processes with the same command and the same files");
}

void record_job(const RunFolder& run, const TrainOptions& options) {
  if (!options.job.empty()) write_file(run.path() / ".job", options.job);
}

namespace {

// The averages in place of the weights, whatever happens meanwhile.
class AveragedWeights {
 public:
  explicit AveragedWeights(Optimiser& optimiser) : optimiser_(optimiser) { optimiser_.swap_averaged(); }
  ~AveragedWeights() { optimiser_.swap_averaged(); }
  AveragedWeights(const AveragedWeights&) = delete;
  AveragedWeights& operator=(const AveragedWeights&) = delete;

 private:
  Optimiser& optimiser_;
};

// What a validation cannot do must not cost what the run has learned and will learn.
Measurement measured(TaskBase& task, int64_t step) {
  const auto failed = [step](const std::string& problem) {
    log_warning(c10::str("the validation of step ", step, " failed, training continues without its numbers: ", problem));
    return Measurement{};
  };
  try {
    return task.measure();
  } catch (const Error& problem) {
    return failed(problem.what());
  } catch (const c10::LinAlgError& problem) {  // of numbers that no longer are any
    return failed(problem.what_without_backtrace());
  }
}

int64_t count_of(const Measurement& measurement, const char* name) {
  const auto found = measurement.values.find(name);
  return found == measurement.values.end() ? 0 : static_cast<int64_t>(found->second);
}

void warn_of_implausible(const Measurement& measurement, int64_t step) {
  const int64_t samples = count_of(measurement, kImplausibleSamples);
  if (samples == 0) return;
  log_warning(c10::str("step ", step, ": ", count_of(measurement, kImplausibleHands), " predicted hands in ", samples, " of ",
                       measurement.samples + samples,
                       " held-out samples have implausible coordinates (not finite, beyond 1000 m, or of no hand's size); these "
                       "samples are left out of the validation's numbers"));
}

// Numbers of the few samples that could be measured say nothing of a network that is wild on others.
bool may_be_best(const Measurement& measurement) {
  constexpr double kMostLeftOut = 0.01;  // of the samples
  const auto left_out = static_cast<double>(count_of(measurement, kImplausibleSamples));
  return left_out <= kMostLeftOut * (static_cast<double>(measurement.samples) + left_out);
}

}  // namespace

bool measure(TaskBase& task, Optimiser& optimiser, RunFolder& run, RunCheckpoints& checkpoints, int64_t step,
             Measurement& measurement) {
  std::map<std::string, EventHistogram> histograms;
  {
    const AveragedWeights averaged(optimiser);
    const DeviceMath exact(/*tf32=*/false, /*measured=*/false);
    task.network().eval();
    measurement = measured(task, step);
    for (const auto& item : task.network().named_parameters())
      if (item.value().requires_grad()) histograms["weights/" + item.key()] = histogram_of(item.value().detach());
  }
  run.log(step, "validation", measurement.values);
  run.log_pictures(step, measurement.pictures);
  run.log_histograms(step, histograms);
  std::string line = c10::str("step ", step, ", ", measurement.samples, " held-out samples (", measurement.protocol, "):");
  for (const auto& [name, value] : measurement.values)
    if (value != 0 || name.rfind("implausible_", 0) != 0) line += " " + name + " " + metric_text(value);
  log_info(line);
  warn_of_implausible(measurement, step);
  return may_be_best(measurement) && checkpoints.is_best(step, measurement.values);
}

void log_step(RunFolder& run, Progress& progress, int64_t step, std::map<std::string, double> values) {
  if (!run.writes()) return;
  char note[96];
  std::snprintf(note, sizeof note, "loss %.5g  %.3g samples/s  waiting %.0f %%", values["loss"], values["samples_per_second"],
                100 * values["waiting_for_data"]);
  progress.update(step, note);
  run.log(step, "train", values);
}

std::string listed(const std::vector<std::string>& samples) {
  constexpr size_t kShown = 16;
  std::string text;
  for (size_t i = 0; i < std::min(kShown, samples.size()); ++i) text += (i > 0 ? ", " : "") + samples[i];
  return samples.size() > kShown ? c10::str(text, " and ", samples.size() - kShown, " more") : text;
}

void throw_out_of_memory(const BatchShare& share) {
  throw Error(
      c10::str("the device has too little memory for ", share.rows, " samples at once"), "loader.batch",
      c10::str("raise fit.accumulate to ", 2 * share.parts,
               " (the same batch in smaller parts), set fit.precision=bf16, or lower ", "loader.batch or model.image_size"));
}

}  // namespace interprior
