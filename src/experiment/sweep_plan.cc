#include "interprior/experiment/sweep_plan.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "interprior/base/files/atomic_file.h"
#include "interprior/experiment/stages.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

bool is_for(const StageOverride& one, const std::string& task, const SweepConfig& config) {
  const auto named = [&](const std::string& name) {
    return std::find(one.stages.begin(), one.stages.end(), name) != one.stages.end();
  };
  return one.stages.empty() ? task == config.task : named(task) || named("all");
}

void add_overrides(const SweepConfig& config, const std::vector<std::string>& from, const std::string& task,
                   std::vector<std::string>& to) {
  for (const std::string& text : from)
    if (const StageOverride one = stage_override(text); is_for(one, task, config)) to.push_back(one.set);
}

bool sets_seed(const std::vector<std::string>& set) {
  return std::any_of(set.begin(), set.end(), [](const std::string& text) { return text.rfind("seed=", 0) == 0; });
}

// The last seed among the overrides.
std::string seed_text(const std::vector<std::string>& set) {
  std::string seed;
  for (const std::string& text : set)
    if (text.rfind("seed=", 0) == 0) seed = text.substr(5);
  return seed;
}

nlohmann::json settings_of(const std::string& task, const std::string& base, const std::vector<std::string>& set,
                           const std::vector<std::string>& stages) {
  nlohmann::json settings = {{"task", task}, {"set", set}, {"base", fs::is_regular_file(base) ? file_hash(base) : base}};
  if (!stages.empty()) settings["stages"] = stages;
  return settings;
}

}  // namespace

fs::path checkpoint_of(const fs::path& run) { return run / "checkpoints" / "last.safetensors"; }

std::string base_of(const SweepConfig& config, const std::string& task) {
  if (task == config.task || config.base.empty()) return config.base;
  return (fs::path(config.base).parent_path() / (task + ".yaml")).string();
}

std::vector<PlannedRun> planned_runs(const SweepConfig& config, const SweepCell& cell, int64_t seed, const fs::path& folder) {
  constexpr size_t kShown = 8;  // digits of the hash
  std::vector<PlannedRun> runs;
  StageCheckpoints trained;
  std::vector<std::string> names;  // of the folders of earlier stages
  std::vector<std::string> tasks = config.stages;
  std::erase_if(tasks, [&](const std::string& task) {
    return std::find(cell.without.begin(), cell.without.end(), task) != cell.without.end();
  });
  tasks.push_back(config.task);
  for (const std::string& task : tasks) {
    PlannedRun run{task, base_of(config, task), {}, {}, ""};
    std::vector<std::string> own;
    add_overrides(config, config.set, task, own);
    add_overrides(config, cell.set, task, own);
    const bool last = task == config.task;
    if (last || !sets_seed(own)) own.push_back(c10::str("seed=", seed));
    const nlohmann::json settings = settings_of(task, run.base, own, names);
    run.settings = settings.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);  // paths need not be UTF-8
    run.set = checkpoint_overrides(task, trained);
    run.set.insert(run.set.end(), own.begin(), own.end());
    if (last) {
      run.folder = folder / cell.name / c10::str("seed_", seed);
    } else {
      names.push_back(c10::str(task, "-seed_", seed_text(own), "-", text_hash(run.settings).substr(0, kShown)));
      run.folder = folder / "stages" / names.back();
      trained.emplace_back(task, checkpoint_of(run.folder));
    }
    runs.push_back(run);
  }
  return runs;
}

}  // namespace interprior
