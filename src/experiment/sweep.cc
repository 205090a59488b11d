#include "interprior/experiment/sweep.h"

#include <c10/util/StringUtil.h>
#include <nlohmann/json.hpp>
#include <set>

#include "interprior/base/atomic_file.h"
#include "interprior/base/error.h"
#include "interprior/base/log.h"
#include "interprior/train/run_folder.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

fs::path result_file(const fs::path& run) { return run / "result.json"; }
fs::path error_file(const fs::path& run) { return run / "error.txt"; }
fs::path sweep_file(const fs::path& folder) { return folder / "sweep.yaml"; }
fs::path base_copy(const fs::path& folder) { return folder / "base.yaml"; }

bool good_folder_name(const std::string& name) {
  const std::string allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+.=";
  return !name.empty() && name[0] != '.' && name.find_first_not_of(allowed) == std::string::npos;
}

std::vector<std::string> overrides(const SweepConfig& config, const SweepCell& cell, int64_t seed) {
  std::vector<std::string> all = config.set;
  all.insert(all.end(), cell.set.begin(), cell.set.end());
  all.push_back(c10::str("seed=", seed));
  return all;
}

// What a result depends on: compared before a finished run is taken for a cell's.
nlohmann::json settings_of(const SweepConfig& config, const SweepCell& cell, int64_t seed) {
  const bool readable = fs::is_regular_file(config.base);
  return {
      {"task", config.task}, {"set", overrides(config, cell, seed)}, {"base", readable ? file_hash(config.base) : config.base}};
}

// The last validation's numbers, which must have the sweep's metric among them.
std::map<std::string, double> last_validation(const fs::path& run, const std::string& metric) {
  std::map<std::string, double> values;
  for (const LogLine& line : read_log(run))
    if (line.group == "validation") values = line.values;
  require(!values.empty(), "the run has measured nothing on its validation data", run.string(),
          "set fit.measure_every to at most fit.steps");
  if (values.count(metric) == 0) {
    std::vector<std::string> names;
    for (const auto& [name, value] : values) names.push_back(name);
    throw Error(c10::str("the validation has no number '", metric, "'"), run.string(),
                c10::str("metric can be ", c10::Join(", ", names)));
  }
  return values;
}

SweepResult::Run read_run(const SweepConfig& config, const SweepCell& cell, int64_t seed, const fs::path& folder) {
  SweepResult::Run run{cell.name, seed, folder / cell.name / c10::str("seed_", seed), false, 0, {}, ""};
  if (fs::exists(error_file(run.folder))) run.error = read_file(error_file(run.folder));
  if (!fs::exists(result_file(run.folder))) return run;
  const nlohmann::json result = nlohmann::json::parse(read_file(result_file(run.folder)), nullptr, false);
  if (!result.is_object() || !result.contains("settings") || !result.contains("values") || !result["values"].is_object()) {
    run.error = c10::str(result_file(run.folder).string(), " is damaged; delete it to train this run again");
  } else if (result["settings"] != settings_of(config, cell, seed)) {
    run.error = c10::str("trained with other settings; delete ", run.folder.string(),
                         " to train it again, or choose another --run folder");
  } else {
    for (const auto& [name, value] : result["values"].items())
      if (value.is_number()) run.values[name] = value.get<double>();
    run.done = run.values.count(config.metric) > 0;
    if (run.done) run.value = run.values[config.metric];
    else run.error = c10::str("measured no '", config.metric, "'");
  }
  return run;
}

// False when the sweep was asked to stop.
bool train_one(const SweepConfig& config, const SweepCell& cell, const SweepResult::Run& run, const TrainRun& train) {
  const std::string title = c10::str("sweep: ", cell.name, ", seed ", run.seed);
  log_info(title);
  make_folder(run.folder);
  fs::remove(error_file(run.folder));
  try {
    if (!train(config.task, config.base, overrides(config, cell, run.seed), run.folder)) return false;
    const nlohmann::json result = {{"settings", settings_of(config, cell, run.seed)},
                                   {"values", last_validation(run.folder, config.metric)}};
    write_file(result_file(run.folder), result.dump(2) + "\n");
  } catch (const std::exception& problem) {
    write_file(error_file(run.folder), problem.what());
    log_error(c10::str(title, " failed: ", problem.what()));
  }
  return true;
}

}  // namespace

void SweepConfig::check() const {
  const std::vector<std::string> tasks = {"prior", "sampler"};
  require(task == "prior" || task == "sampler", c10::str("a sweep's task cannot be '", task, "'"), "task",
          c10::str("did you mean ", nearest_word(task, tasks).empty() ? "prior or sampler" : nearest_word(task, tasks), "?"));
  require(!cells.empty(), "a sweep needs at least one cell", "cells", "list what is to be compared");
  require(!seeds.empty(), "a sweep needs at least one seed", "seeds", "say seeds: [0]");
  require(!metric.empty(), "a sweep needs the name of a validation number", "metric", "say metric: mpjpe_mm");
  std::set<std::string> names;
  for (const SweepCell& cell : cells) {
    require(good_folder_name(cell.name), c10::str("a cell cannot be called '", cell.name, "'"), "cells",
            "use letters, digits and _ - + . =, not starting with a dot");
    require(names.insert(cell.name).second, c10::str("two cells are called '", cell.name, "'"), "cells", "rename one");
  }
  std::set<int64_t> numbers;
  for (const int64_t seed : seeds) {
    require(seed >= 0, c10::str("a seed cannot be ", seed), "seeds", "use numbers from 0 on");
    require(numbers.insert(seed).second, c10::str("seed ", seed, " is listed twice"), "seeds", "remove one");
  }
}

SweepResult read_sweep(const SweepConfig& config, const fs::path& folder) {
  SweepResult result;
  for (const SweepCell& cell : config.cells)
    for (const int64_t seed : config.seeds) result.runs.push_back(read_run(config, cell, seed, folder));
  return result;
}

SweepResult run_sweep(const SweepConfig& config, const fs::path& folder, const std::string& only, const TrainRun& train) {
  config.check();
  std::vector<std::string> names;
  for (const SweepCell& cell : config.cells) names.push_back(cell.name);
  require(only.empty() || std::find(names.begin(), names.end(), only) != names.end(),
          c10::str("this sweep has no cell '", only, "'"), "--only", c10::str("its cells are ", c10::Join(", ", names)));
  make_folder(folder);
  write_file(sweep_file(folder), dump_config(config));
  if (fs::is_regular_file(config.base)) write_file(base_copy(folder), read_file(config.base));
  // A finished run of other settings is not trained over: it may have cost days.
  for (const SweepCell& cell : config.cells)
    for (const int64_t seed : config.seeds) {
      const SweepResult::Run run = read_run(config, cell, seed, folder);
      if (run.done || fs::exists(result_file(run.folder)) || (!only.empty() && cell.name != only)) continue;
      if (!train_one(config, cell, run, train)) return read_sweep(config, folder);
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
