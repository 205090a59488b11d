#include "interprior/train/fit.h"

#include <cstdlib>
#include <thread>

#include "interprior/base/files/atomic_file.h"

namespace interprior {

BatchSplit::BatchSplit(int64_t all, int64_t processes, int64_t micro_batches_each)
    : batch(all), ranks(processes), micro_batches(micro_batches_each), rows(all / (processes * micro_batches_each)) {
  require(rows * ranks * micro_batches == batch,
          c10::str("a batch of ", batch, " cannot be split into ", micro_batches, " micro-batch(es) on each of ", ranks,
                   " process(es)"),
          "loader.batch",
          c10::str("give a multiple of ", ranks * micro_batches, ": loader.batch is the total over all processes"));
}

bool TrainOptions::resuming() const { return resume && has_resume_state(run); }

std::string stop_text(const TrainEnd& end) {
  const std::string stage = end.stage.empty() ? "" : "stage " + end.stage + ": ";
  return c10::str(stage, "stopped at ", end.step, " of ", end.steps, "; --resume continues");
}

void start_from(torch::nn::Module& network, const std::string& init, const TrainOptions& options) {
  if (init.empty() || options.resuming()) return;
  const PartialLoad loaded = load_matching_weights(network, Safetensors(init));
  require(loaded.loaded > 0, "none of its tensors fits this network by name and shape", init,
          "give a checkpoint or backbone of this model");
  log_info(c10::str("started from ", init, ": ", loaded.loaded, " tensors loaded, ", loaded.kept, " kept, ", loaded.unused.size(),
                    " of the file unused", loaded.unused.empty() ? "" : ": " + listed(loaded.unused)));
}

void describe_device(torch::Device device, const FitConfig& config) {
  if (!device.is_cuda()) return;
  log_info(c10::str("training on ", device.str(), ", ", name_of(config.precision), ", TF32 ", config.tf32 ? "on" : "off",
                    " (fit.tf32; always off in validation), cuDNN benchmark ", config.cudnn_benchmark ? "on" : "off",
                    " (fit.cudnn_benchmark)"));
}

void share_cores(torch::Device device, int64_t workers) {
  if (!device.is_cpu() || std::getenv("OMP_NUM_THREADS") != nullptr) return;
  const auto cores = static_cast<int64_t>(std::thread::hardware_concurrency());
  at::set_num_threads(static_cast<int>(std::max<int64_t>(1, cores - workers)));
}

RunPosition starting_position(const RunFolder& run, Optimiser& optimiser, const BatchSplit& split, const TrainOptions& options) {
  RunPosition at;
  if (options.resume && run.writes()) {
    const std::optional<RunPosition> saved =
        resume_from(run.checkpoints(), [&](const Safetensors& state) { optimiser.load(state); });
    require(saved || !holds_checkpoints(run.path()) || ended_in_first_checkpoint(run.path()),
            "this run has checkpoints, but none to resume from (*.resume.safetensors)", run.checkpoints().string(),
            "train in another folder; set init to one of them to start from its weights");
    if (!saved) log_warning("this run ended before its first checkpoint was complete: it starts over");
    at = saved.value_or(at);
    if (saved && saved->ranks != split.ranks)
      log_info(c10::str("resuming with ", split.ranks, " process(es) instead of ", saved->ranks,
                        ": the same batches in the same order, numbers equal up to rounding"));
    if (saved && saved->batch != split.batch)
      log_warning(c10::str("resuming with batches of ", split.batch, " instead of ", saved->batch, ", after the ", saved->samples,
                           " samples already seen"));
  }
  torch::Tensor position = torch::tensor({at.step, at.samples}, torch::kInt64);
  std::vector<torch::Tensor> shared = {position};
  for (const auto& [name, tensor] : optimiser.state()) shared.push_back(tensor);
  options.communicator->broadcast(shared);
  return {position[0].item<int64_t>(), position[1].item<int64_t>(), split.batch, split.ranks};
}

void require_same_run(const std::string& resolved_config, const std::string& data, const TrainOptions& options) {
  if (options.communicator->ranks() == 1) return;
  const auto number = static_cast<int64_t>(std::stoull(text_hash(resolved_config + data), nullptr, 16) >> 1);
  torch::Tensor first = torch::tensor({number}, torch::kInt64);
  options.communicator->broadcast({first});
  const bool other = first.item<int64_t>() != number;
  const bool any = options.communicator->any(other);
  require(!other, c10::str("process ", options.communicator->rank(), " has another config or other data than process 0"), "",
          "start all processes with the same command and the same files");
  require(!any, "a process has another config or other data than process 0", "",
          "start all processes with the same command and the same files");
}

void record_job(const RunFolder& run, const TrainOptions& options) {
  if (!options.job.empty()) write_file(run.path() / ".job", options.job);
}

namespace {

// Swaps in the EMA weights for one scope.
class AveragedWeights {
 public:
  explicit AveragedWeights(Optimiser& optimiser) : optimiser_(optimiser) { optimiser_.swap_averaged(); }
  ~AveragedWeights() { optimiser_.swap_averaged(); }
  AveragedWeights(const AveragedWeights&) = delete;
  AveragedWeights& operator=(const AveragedWeights&) = delete;

 private:
  Optimiser& optimiser_;
};

// A failed validation does not end the run.
ValidationResult measured(TaskBase& task, int64_t step) {
  const auto failed = [step](const std::string& problem) {
    log_warning(c10::str("the validation of step ", step, " failed, training continues without its numbers: ", problem));
    return ValidationResult{};
  };
  try {
    return task.validate();
  } catch (const Error& problem) {
    return failed(problem.what());
  } catch (const c10::LinAlgError& problem) {  // caused by values that are not finite
    return failed(problem.what_without_backtrace());
  }
}

int64_t count_of(const ValidationResult& result, const char* name) {
  const auto found = result.values.find(name);
  return found == result.values.end() ? 0 : static_cast<int64_t>(found->second);
}

void warn_of_implausible(const ValidationResult& result, int64_t step) {
  const int64_t samples = count_of(result, kImplausibleSamples);
  if (samples == 0) return;
  log_warning(c10::str("step ", step, ": ", count_of(result, kImplausibleHands), " predicted hands in ", samples, " of ",
                       result.samples + samples,
                       " held-out samples have implausible coordinates (not finite, beyond 1000 m, or of no hand's size); these "
                       "samples are left out of the validation's numbers"));
}

// Metrics are not comparable when too many samples were left out.
bool may_be_best(const ValidationResult& result) {
  constexpr double kMaxLeftOut = 0.01;  // of the samples
  const auto left_out = static_cast<double>(count_of(result, kImplausibleSamples));
  return left_out <= kMaxLeftOut * (static_cast<double>(result.samples) + left_out);
}

}  // namespace

bool validate_task(TaskBase& task, Optimiser& optimiser, RunFolder& run, RunCheckpoints& checkpoints, int64_t step,
                   ValidationResult& result) {
  std::map<std::string, EventHistogram> histograms;
  {
    const AveragedWeights averaged(optimiser);
    const DeviceMath exact(/*tf32=*/false, /*measured=*/false);
    task.network().eval();
    result = measured(task, step);
    for (const auto& item : task.network().named_parameters())
      if (item.value().requires_grad()) histograms["weights/" + item.key()] = histogram_of(item.value().detach());
  }
  run.log(step, "validation", result.values);
  run.log_images(step, result.images);
  run.log_histograms(step, histograms);
  std::string line = c10::str("step ", step, ", ", result.samples, " held-out samples (", result.protocol, "):");
  for (const auto& [name, value] : result.values)
    if (value != 0 || name.rfind("implausible_", 0) != 0) line += " " + name + " " + metric_text(value);
  log_info(line);
  warn_of_implausible(result, step);
  return may_be_best(result) && checkpoints.is_best(step, result.values);
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

void rethrow_out_of_memory(const BatchSplit& split) {
  throw Error(c10::str("the device has too little memory for a micro-batch of ", split.rows, " samples"), "loader.batch",
              c10::str("raise fit.accumulate to ", 2 * split.micro_batches,
                       " (the same batch in smaller micro-batches), set fit.precision=bf16, or lower ",
                       "loader.batch or model.image_size"));
}

}  // namespace interprior
