#include "interprior/experiment/train_stages.h"

#include <algorithm>

#include "interprior/base/atomic_file.h"
#include "interprior/base/error.h"
#include "interprior/base/log.h"
#include "interprior/experiment/sweep_plan.h"
#include "interprior/experiment/train_to_end.h"
#include "interprior/train/run_folder.h"
#include "interprior/base/stop_signal.h"

namespace interprior {

namespace fs = std::filesystem;

std::vector<std::string> stages_in(const fs::path& configs) {
  std::vector<std::string> stages;
  for (const char* task : {"prior", "cues", "sampler"})
    if (fs::is_regular_file(configs / (std::string(task) + ".yaml"))) stages.push_back(task);
  require(stages.size() > 1 && stages.front() == "prior", "stages need prior.yaml, and cues.yaml or sampler.yaml or both",
          configs.string(),
          "give a folder such as configs/quickstart, or train one of them alone (interprior train prior CONFIG)");
  return stages;
}

bool train_stages(const fs::path& configs, const std::vector<std::string>& set, const TrainOptions& options) {
  const std::vector<std::string> stages = stages_in(configs);
  std::vector<StageOverride> overrides;
  for (const std::string& text : set) overrides.push_back(stage_override(text));
  if (options.together->leads())
    for (const std::string& task : stages) {
      const fs::path run = options.run / task;
      require(options.resume || !(fs::exists(run / "config.yaml") || holds_checkpoints(run)), "this folder already holds a run",
              run.string(), "pass --resume to go on with it, or choose another --run folder");
    }
  if (options.together->leads() && !options.job.empty()) write_file(options.run / ".job", options.job);
  const StopSignal stop;  // one that comes between two stages counts too
  std::vector<std::string> inputs;
  for (const std::string& task : stages) {
    std::vector<std::string> own = inputs;
    for (const StageOverride& one : overrides) {
      const auto named = [&](const std::string& name) {
        return std::find(one.stages.begin(), one.stages.end(), name) != one.stages.end();
      };
      if (one.stages.empty() ? task == stages.back() : named(task) || named("all")) own.push_back(one.set);
    }
    if (options.together->any(stop.requested())) return false;
    log_info("stage " + task);
    TrainOptions stage = options;
    stage.run = (options.run / task).lexically_normal();
    if (!train_to_end(task, (configs / (task + ".yaml")).string(), own, stage)) return false;
    inputs.push_back(task + "=" + checkpoint_of(stage.run).string());
  }
  return true;
}

}  // namespace interprior
