#include "interprior/experiment/train_stages.h"

#include <algorithm>

#include "interprior/base/error.h"
#include "interprior/base/log.h"
#include "interprior/experiment/sweep_plan.h"
#include "interprior/experiment/train_to_end.h"
#include "interprior/train/run_folder.h"

namespace interprior {

namespace fs = std::filesystem;

std::vector<std::string> stages_in(const fs::path& configs) {
  std::vector<std::string> stages;
  for (const char* task : {"prior", "cues", "sampler"})
    if (fs::is_regular_file(configs / (std::string(task) + ".yaml"))) stages.push_back(task);
  require(stages.size() > 1 && stages.front() == "prior", "stages need prior.yaml, and cues.yaml or sampler.yaml or both", configs.string(),
          "give a folder such as configs/quickstart, or train one of them alone (interprior train prior CONFIG)");
  return stages;
}

bool train_stages(const fs::path& configs, const std::vector<std::string>& set, const TrainOptions& options) {
  const std::vector<std::string> stages = stages_in(configs);
  std::vector<StageOverride> overrides;
  for (const std::string& text : set) overrides.push_back(stage_override(text));
  if (options.together->leads())
    for (const std::string& task : stages)
      require(options.resume || !is_run_folder(options.run / task), "this folder already holds a run", (options.run / task).string(),
              "pass --resume to go on with it, or choose another --run folder");
  std::vector<std::string> inputs;
  for (const std::string& task : stages) {
    std::vector<std::string> own = inputs;
    for (const StageOverride& one : overrides) {
      const auto named = [&](const std::string& name) { return std::find(one.stages.begin(), one.stages.end(), name) != one.stages.end(); };
      if (one.stages.empty() ? task == stages.back() : named(task) || named("all")) own.push_back(one.set);
    }
    log_info("stage " + task);
    TrainOptions stage = options;
    stage.run = options.run / task;
    if (!train_to_end(task, (configs / (task + ".yaml")).string(), own, stage)) return false;
    inputs.push_back(task + "=" + checkpoint_of(stage.run).string());
  }
  return true;
}

}  // namespace interprior
