#include "interprior/experiment/train_stages.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <map>

#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/base/log.h"
#include "interprior/base/stop_signal.h"
#include "interprior/experiment/stages.h"
#include "interprior/experiment/sweep_plan.h"
#include "interprior/experiment/train_to_end.h"
#include "interprior/run/run_folder.h"
#include "stage_check.h"

namespace interprior {

namespace fs = std::filesystem;

std::vector<std::string> stages_in(const fs::path& configs) {
  const std::vector<std::string> names = stage_names();
  std::vector<std::string> stages, later;
  for (const std::string& stage : names) {
    if (fs::is_regular_file(configs / (stage + ".yaml"))) stages.push_back(stage);
    if (stage != names.front()) later.push_back(stage + ".yaml");
  }
  require(stages.size() > 1 && stages.front() == names.front(),
          c10::str("stages need ", names.front(), ".yaml and one or more of ", c10::Join(", ", later)), configs.string(),
          c10::str("give a folder such as configs/quickstart, or train a single stage (interprior train ", names.front(),
                   " CONFIG)"));
  return stages;
}

namespace {

// The runs in order, each with the checkpoints of earlier stages as overrides.
std::vector<PlannedRun> planned_stages(const fs::path& configs, const std::vector<std::string>& set, const fs::path& folder) {
  const std::vector<std::string> stages = stages_in(configs);
  std::vector<StageOverride> overrides;
  for (const std::string& text : set) overrides.push_back(stage_override(text));
  std::vector<PlannedRun> runs;
  StageCheckpoints trained;
  for (const std::string& task : stages) {
    PlannedRun run{task, (configs / (task + ".yaml")).string(), checkpoint_overrides(task, trained),
                   (folder / task).lexically_normal(), ""};
    for (const StageOverride& one : overrides) {
      const auto named = [&](const std::string& name) {
        return std::find(one.stages.begin(), one.stages.end(), name) != one.stages.end();
      };
      if (one.stages.empty() ? task == stages.back() : named(task) || named("all")) run.set.push_back(one.set);
    }
    trained.emplace_back(task, checkpoint_of(run.folder));
    runs.push_back(run);
  }
  return runs;
}

// Checks all stages before the first is trained, which may take hours.
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
  check_stages(runs, options.resume, options.communicator->leads());
  if (options.communicator->leads() && !options.job.empty()) write_file(options.run / ".job", options.job);
  const StopSignal stop;  // also for a signal between two stages
  TrainEnd end;
  for (const PlannedRun& run : runs) {
    log_info("stage " + run.task);
    TrainOptions stage = options;
    stage.run = run.folder;
    end = train_to_end(run.task, run.base, run.set, stage);
    end.stage = run.task;
    if (end.stopped) return end;
    if (&run != &runs.back() && options.communicator->any(stop.requested())) {
      end.stopped = true;
      end.interrupted = options.communicator->any(stop.interrupted());
      return end;
    }
  }
  return end;
}

}  // namespace interprior
