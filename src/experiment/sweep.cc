#include "interprior/experiment/sweep.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/base/files/folder_lock.h"
#include "interprior/base/log.h"
#include "interprior/experiment/sweep_plan.h"
#include "interprior/run/run_folder.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

fs::path result_file(const fs::path& run) { return run / "result.json"; }
fs::path error_file(const fs::path& run) { return run / "error.txt"; }
fs::path sweep_file(const fs::path& folder) { return folder / "sweep.yaml"; }
fs::path base_copy(const fs::path& folder) { return folder / "base.yaml"; }

// The metrics of the last validation. Throws Error when one of `metrics` is missing.
std::map<std::string, double> last_validation(const fs::path& run, const std::vector<std::string>& metrics) {
  std::map<std::string, double> values;
  for (const LogLine& line : read_log(run))
    if (line.group == "validation") values = line.values;
  require(!values.empty(), "the run has no validation", run.string(), "set fit.validate_every to at most fit.steps");
  for (const std::string& metric : metrics) {
    if (values.count(metric) > 0) continue;
    std::vector<std::string> names;
    for (const auto& [name, value] : values) names.push_back(name);
    throw Error(c10::str("the validation has no metric '", metric, "'"), run.string(),
                c10::str("metric can be ", c10::Join(", ", names)));
  }
  return values;
}

nlohmann::json read_result(const fs::path& run) { return nlohmann::json::parse(read_file(result_file(run)), nullptr, false); }

bool is_result(const nlohmann::json& result) {
  return result.is_object() && result.contains("settings") && result.contains("values") && result["values"].is_object();
}

// A stage's folder is named after its settings, so that its result always belongs to these settings.
bool stage_done(const PlannedRun& stage) { return fs::exists(result_file(stage.folder)); }

SweepResult::Run read_run(const SweepConfig& config, const SweepCell& cell, int64_t seed, const fs::path& folder) {
  const std::vector<PlannedRun> plan = planned_runs(config, cell, seed, folder);
  SweepResult::Run run;
  run.cell = cell.name;
  run.seed = seed;
  run.folder = plan.back().folder;
  run.stages = static_cast<int64_t>(plan.size()) - 1;
  run.stages_done = std::count_if(plan.begin(), plan.end() - 1, stage_done);
  if (fs::exists(error_file(run.folder))) run.error = read_file(error_file(run.folder));
  if (!fs::exists(result_file(run.folder))) return run;
  const nlohmann::json result = read_result(run.folder);
  if (!is_result(result)) {
    run.error = c10::str(result_file(run.folder).string(), " is damaged; delete it to train this run again");
  } else if (result["settings"] != nlohmann::json::parse(plan.back().settings)) {
    run.error = c10::str("trained with other settings; delete ", run.folder.string(),
                         " to train it again, or choose another --run folder");
  } else {
    for (const auto& [name, value] : result["values"].items())  // NaN is written as null
      run.values[name] = value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN();
    run.done = true;
    for (const std::string& metric : config.shown_metrics())
      if (run.done && run.values.count(metric) == 0) {
        run.error = c10::str("its validation has no metric '", metric, "'");
        run.done = false;
      }
    if (run.done) run.value = run.values[config.shown_metrics().front()];
  }
  return run;
}

enum class Outcome { settled, taken, stopped };  // done or failed, here or before; locked by another process; stopped by a signal

// Trains the runs of a sweep in its folder.
class SweepWork {
 public:
  SweepWork(const SweepConfig& config, const fs::path& folder, const TrainRun& train)
      : config_(config), folder_(folder), train_(train) {}

  // Trains one run unless it is done or locked by another process.
  Outcome run(const SweepCell& cell, int64_t seed, WhenTaken when_taken) {
    if (settled(cell, seed)) return Outcome::settled;
    const std::vector<PlannedRun> plan = planned_runs(config_, cell, seed, folder_);
    const std::string title = c10::str(cell.name, ", seed ", seed);
    const FolderLock lock = lock_of(plan.back(), title, when_taken);
    if (!lock.held()) return Outcome::taken;
    if (settled(cell, seed)) return Outcome::settled;  // trained by another process meanwhile
    make_folder(plan.back().folder);
    fs::remove(error_file(plan.back().folder));
    try {
      for (size_t i = 0; i + 1 < plan.size(); ++i)
        if (!run_stage(plan[i])) return Outcome::stopped;
      log_info("sweep: " + title);
      if (!train_(plan.back().task, plan.back().base, plan.back().set, plan.back().folder)) return Outcome::stopped;
      write_result(plan.back(), last_validation(plan.back().folder, config_.shown_metrics()));
    } catch (const std::exception& problem) {
      const std::string what = first_line(problem.what());
      write_file(error_file(plan.back().folder), what);
      log_error(c10::str("sweep: ", title, " failed: ", what));
    }
    return Outcome::settled;
  }

 private:
  // Whether the run is finished, or has failed (in any process) since this process started.
  bool settled(const SweepCell& cell, int64_t seed) const {
    const fs::path run = planned_runs(config_, cell, seed, folder_).back().folder;
    std::error_code none;
    const fs::file_time_type failed = fs::last_write_time(error_file(run), none);
    return fs::exists(result_file(run)) || (!none && failed > begun_);
  }

  FolderLock lock_of(const PlannedRun& run, const std::string& title, WhenTaken when_taken = WhenTaken::wait) const {
    std::string name = run.folder.lexically_relative(folder_).string();
    std::replace(name.begin(), name.end(), '/', '-');
    return {folder_ / "locks" / name, title, when_taken};
  }

  // False when stopped by a signal. A failed stage is not retried for the next cell.
  bool run_stage(const PlannedRun& stage) {
    if (stage_done(stage)) return true;
    const std::string name = stage.folder.filename().string();
    if (const auto failed = failed_.find(name); failed != failed_.end()) throw Error(failed->second);
    const FolderLock lock = lock_of(stage, "stage " + name);
    if (stage_done(stage)) return true;
    log_info("sweep: stage " + name);
    make_folder(stage.folder);
    try {
      if (!train_(stage.task, stage.base, stage.set, stage.folder)) return false;
    } catch (const std::exception& problem) {
      failed_[name] = c10::str("stage ", name, ": ", first_line(problem.what()));
      throw Error(failed_[name]);
    }
    write_result(stage, {});
    return true;
  }

  static void write_result(const PlannedRun& run, const std::map<std::string, double>& values) {
    const nlohmann::json result = {{"settings", nlohmann::json::parse(run.settings)}, {"values", values}};
    write_file(result_file(run.folder), result.dump(2) + "\n");
  }

  // LibTorch's messages append a stack trace.
  static std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

  const SweepConfig& config_;
  const fs::path& folder_;
  const TrainRun& train_;
  const fs::file_time_type begun_ = fs::file_time_type::clock::now();
  std::map<std::string, std::string> failed_;
};

// Throws Error when the folder holds results of other settings: tables must not mix them.
void require_own_results(const SweepConfig& config, const fs::path& folder) {
  for (const SweepResult::Run& run : read_sweep(config, folder).runs)
    require(run.done || !fs::exists(result_file(run.folder)), run.error, run.folder.string(),
            "nothing was trained or overwritten");
}

void record(const SweepConfig& config, const fs::path& folder) {
  write_file(sweep_file(folder), dump_config(config));
  const auto copy = [&](const std::string& task, const fs::path& to) {
    if (const std::string base = base_of(config, task); fs::is_regular_file(base)) write_file(to, read_file(base));
  };
  copy(config.task, base_copy(folder));
  for (const std::string& stage : config.stages) copy(stage, folder / (stage + ".yaml"));
}

}  // namespace

SweepResult read_sweep(const SweepConfig& config, const fs::path& folder) {
  SweepResult result;
  for (const SweepCell& cell : config.cells)
    for (const int64_t seed : config.seeds) result.runs.push_back(read_run(config, cell, seed, folder));
  return result;
}

bool is_selected(const std::string& only, std::optional<int64_t> only_seed, const std::string& cell, int64_t seed) {
  return (only.empty() || cell == only) && (!only_seed || seed == *only_seed);
}

void require_selection(const SweepConfig& config, const std::string& only, std::optional<int64_t> only_seed) {
  std::vector<std::string> names;
  for (const SweepCell& cell : config.cells) names.push_back(cell.name);
  require(only.empty() || std::find(names.begin(), names.end(), only) != names.end(),
          c10::str("this sweep has no cell '", only, "'"), "--only", c10::str("its cells are ", c10::Join(", ", names)));
  require(!only_seed || std::find(config.seeds.begin(), config.seeds.end(), *only_seed) != config.seeds.end(),
          c10::str("this sweep has no seed ", only_seed.value_or(0)), "--seed",
          c10::str("its seeds are ", c10::Join(", ", config.seeds)));
}

SweepResult run_sweep(const SweepConfig& config, const fs::path& folder, const std::string& only, const TrainRun& train,
                      std::optional<int64_t> only_seed) {
  config.check();
  require_selection(config, only, only_seed);
  require_own_results(config, folder);
  make_folder(folder);
  record(config, folder);
  std::vector<std::pair<const SweepCell*, int64_t>> left;
  for (const SweepCell& cell : config.cells)
    for (const int64_t seed : config.seeds)
      if (is_selected(only, only_seed, cell.name, seed)) left.emplace_back(&cell, seed);

  SweepWork work(config, folder, train);
  // First the runs that no process is training; then those locked before, which may have been left unfinished.
  for (const WhenTaken when_taken : {WhenTaken::leave, WhenTaken::wait}) {
    std::vector<std::pair<const SweepCell*, int64_t>> taken;
    for (const auto& [cell, seed] : left) {
      const Outcome outcome = work.run(*cell, seed, when_taken);
      if (outcome == Outcome::stopped) return read_sweep(config, folder);
      if (outcome == Outcome::taken) taken.emplace_back(cell, seed);
    }
    left = taken;
  }
  return read_sweep(config, folder);
}

bool is_sweep_folder(const fs::path& folder) { return fs::is_regular_file(sweep_file(folder)); }

SweepConfig read_sweep_config(const fs::path& folder) {
  require(is_sweep_folder(folder), "this folder holds no sweep", folder.string(),
          "pass the folder that `interprior sweep` wrote");
  auto config = read_config<SweepConfig>(sweep_file(folder));
  if (fs::is_regular_file(base_copy(folder))) config.base = base_copy(folder).string();
  return config;
}

}  // namespace interprior
