#include "interprior/experiment/sweep.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include <algorithm>
#include <cstdio>

#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/base/log.h"
#include "interprior/base/stop_signal.h"
#include "interprior/experiment/sweep_plan.h"
#include "interprior/experiment/train_to_end.h"
#include "interprior/report/report.h"
#include "interprior/train/device.h"
#include "run_commands.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

// A config's base is relative to the working directory, or else to the config file.
std::string found_base(const SweepFlags& flags, const SweepConfig& config) {
  if (!flags.base.empty()) return flags.base;
  const fs::path beside = fs::path(flags.config).parent_path() / config.base;
  return config.base.empty() || fs::exists(config.base) || !fs::exists(beside) ? config.base : beside.string();
}

// The config of the file with --base, --until and --set applied.
SweepConfig config_of(const SweepFlags& flags) {
  SweepConfig config = read_config<SweepConfig>(flags.config);
  config.base = found_base(flags, config);
  config.check();
  // A base with the name of a stage is that stage's config: the sweep ends at this stage.
  const std::string name = fs::path(config.base).stem().string();
  const bool named = std::count(config.stages.begin(), config.stages.end(), name) > 0;
  const std::string until = !flags.until.empty() ? flags.until : named ? name : config.task;
  for (const std::string& text : flags.set) config.set.push_back(stage_override(text).stages.empty() ? until + ":" + text : text);
  config = ended_at(config, until);
  config.check();
  return config;
}

// The same with the metrics of --metric instead of its own.
SweepConfig shown_of(const SweepFlags& flags, SweepConfig config) {
  if (!flags.metrics.empty()) config.metrics = flags.metrics;
  config.check();
  return config;
}

fs::path folder_of(const SweepFlags& flags, const SweepConfig& config) {
  if (!flags.run.empty()) return flags.run;
  const std::string name = fs::path(flags.config).stem().string();
  const bool whole = read_config<SweepConfig>(flags.config).task == config.task;
  return fs::path("runs/sweeps") / (whole ? name : name + "-" + config.task);
}

const char* state_of(const SweepResult::Run& run) {
  const bool begun = run.stages_done > 0 || fs::exists(run.folder / "config.yaml");
  return run.done ? "done" : !run.error.empty() ? "failed" : begun ? "unfinished" : "to do";
}

void print_list(const SweepFlags& flags, const SweepConfig& config, const SweepResult& result) {
  Table table{"", {{"cell", "seed", "state", "stages", "folder"}}};
  for (const SweepResult::Run& run : result.runs)
    if (is_selected(flags.only, flags.seed, run.cell, run.seed))
      table.rows.push_back(
          {run.cell, std::to_string(run.seed), state_of(run), c10::str(run.stages_done, "/", run.stages), run.folder.string()});
  if (config.stages.empty())
    for (auto& row : table.rows) row.erase(row.begin() + 3);
  std::fputs(text_table(table).c_str(), stdout);
}

// Writes table.csv and table.tex for the sweep's first metric, table_METRIC.csv and .tex for all others. Returns the tables as
// text.
std::string write_tables(const SweepConfig& config, const SweepConfig& shown, const fs::path& folder) {
  const SweepResult result = read_sweep(shown, folder);
  std::string text;
  for (const std::string& metric : shown.shown_metrics()) {
    const Table table = sweep_table(shown, result, metric);
    const std::string name = metric == config.shown_metrics().front() ? "table" : "table_" + metric;
    write_file(folder / (name + ".csv"), csv_table(table));
    write_file(folder / (name + ".tex"), latex_table(table));
    text += (text.empty() ? "" : "\n") + text_table(table);
  }
  return text;
}

}  // namespace

void sweep(const SweepFlags& flags) {
  const SweepConfig config = config_of(flags), shown = shown_of(flags, config);
  const fs::path folder = folder_of(flags, config);
  check_plan(shown, folder);
  require_selection(config, flags.only, flags.seed);
  [[maybe_unused]] static const auto* const held = new HeldUserSignal;  // until the process ends
  if (flags.list) return print_list(flags, config, read_sweep(config, folder));

  const torch::Device device = device_named(flags.device);
  TrainEnd end;
  const TrainRun train = [&](const std::string& task, const std::string& base, const std::vector<std::string>& set,
                             const fs::path& run) {
    TrainOptions options;
    options.run = run;
    options.device = device;
    end = train_to_end(task, base, set, options);
    end.stage = run.lexically_relative(folder).string();
    write_report(run);
    return !end.stopped;
  };
  const SweepResult result = run_sweep(config, folder, flags.only, train, flags.seed);
  const std::string tables = write_tables(config, shown, folder);
  log_info(c10::str("report: ", write_report(folder).string()));
  std::fputs(tables.c_str(), stdout);

  const auto left = std::count_if(result.runs.begin(), result.runs.end(), [](const SweepResult::Run& run) { return !run.done; });
  const std::string unfinished = c10::str(left, " of ", result.runs.size(), " runs are not finished; the same command resumes");
  if (end.interrupted) throw Interrupted(c10::str(end.stage, " stopped at ", end.step, " of ", end.steps, "; ", unfinished));
  if (left > 0) log_warning(unfinished);
  const auto failed = [](const SweepResult::Run& run) { return !run.done && !run.error.empty(); };
  const auto count = std::count_if(result.runs.begin(), result.runs.end(), failed);
  const auto first = std::find_if(result.runs.begin(), result.runs.end(), failed);
  require(count == 0, c10::str(count, " of ", result.runs.size(), " runs failed; the first: ", count == 0 ? "" : first->error),
          folder.string(), "fix the cause and run the sweep again");
}

}  // namespace interprior
