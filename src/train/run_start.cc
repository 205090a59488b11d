#include "run_start.h"

#include <ATen/Parallel.h>
#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <thread>

#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/base/files/safetensors.h"
#include "interprior/base/log.h"

namespace interprior {

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

void share_cores(torch::Device device, int64_t workers) {
  if (!device.is_cpu() || std::getenv("OMP_NUM_THREADS") != nullptr) return;
  const auto cores = static_cast<int64_t>(std::thread::hardware_concurrency());
  at::set_num_threads(static_cast<int>(std::max<int64_t>(1, cores - workers)));
}

void describe_device(torch::Device device, const FitConfig& config) {
  if (!device.is_cuda()) return;
  log_info(c10::str("training on ", device.str(), ", ", name_of(config.precision), ", TF32 ", config.tf32 ? "on" : "off",
                    " (fit.tf32; always off in validation), cuDNN benchmark ", config.cudnn_benchmark ? "on" : "off",
                    " (fit.cudnn_benchmark)"));
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
                        ": the same batches in the same order; numbers equal up to rounding, but for batch norms and free bits "
                        "(docs/training.md)"));
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

}  // namespace interprior
