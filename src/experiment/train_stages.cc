#include "interprior/experiment/train_stages.h"

#include <algorithm>
#include <map>

#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/base/log.h"
#include "interprior/base/stop_signal.h"
#include "interprior/experiment/sweep_plan.h"
#include "interprior/experiment/train_to_end.h"
#include "interprior/run/run_folder.h"
#include "stage_check.h"

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

namespace {

// The runs in their order, each with the checkpoints of those before it.
std::vector<PlannedRun> planned_stages(const fs::path& configs, const std::vector<std::string>& set, const fs::path& folder) {
  const std::vector<std::string> stages = stages_in(configs);
  std::vector<StageOverride> overrides;
  for (const std::string& text : set) overrides.push_back(stage_override(text));
  std::vector<PlannedRun> runs;
  std::vector<std::string> inputs;
  for (const std::string& task : stages) {
    PlannedRun run{task, (configs / (task + ".yaml")).string(), inputs, (folder / task).lexically_normal(), ""};
    for (const StageOverride& one : overrides) {
      const auto named = [&](const std::string& name) {
        return std::find(one.stages.begin(), one.stages.end(), name) != one.stages.end();
      };
      if (one.stages.empty() ? task == stages.back() : named(task) || named("all")) run.set.push_back(one.set);
    }
    inputs.push_back(task + "=" + checkpoint_of(run.folder).string());
    runs.push_back(run);
  }
  return runs;
}

// What can be known before the first stage begins, which may take hours.
void check_stages(const std::vector<PlannedRun>& runs, bool resume, bool leads) {
  std::map<std::string, std::string> hand_hashes;
  StageCheck check(hand_hashes);
  for (const PlannedRun& run : runs) try {
      check.check(run);
      if (!leads) continue;
      require(resume || !(fs::exists(run.folder / "config.yaml") || holds_checkpoints(run.folder)),
              "this folder already holds a run", run.folder.string(),
              "pass --resume to continue it, or choose another --run folder");
      require_own_run(run.task, run.base, run.set, run.folder);
    } catch (const Error& error) {
      throw Error(error.what(), "stage " + run.task);
    }
}

}  // namespace

TrainEnd train_stages(const fs::path& configs, const std::vector<std::string>& set, const TrainOptions& options) {
  const std::vector<PlannedRun> runs = planned_stages(configs, set, options.run);
  check_stages(runs, options.resume, options.together->leads());
  if (options.together->leads() && !options.job.empty()) write_file(options.run / ".job", options.job);
  const StopSignal stop;  // one that comes between two stages counts too
  TrainEnd end;
  for (const PlannedRun& run : runs) {
    log_info("stage " + run.task);
    TrainOptions stage = options;
    stage.run = run.folder;
    end = train_to_end(run.task, run.base, run.set, stage);
    end.stage = run.task;
    if (end.stopped) return end;
    if (&run != &runs.back() && options.together->any(stop.requested())) {
      end.stopped = true;
      end.interrupted = options.together->any(stop.interrupted());
      return end;
    }
  }
  return end;
}

}  // namespace interprior
