#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "interprior/base/config/config.h"
#include "interprior/base/table.h"

namespace interprior {

struct SweepCell {
  std::string name;
  std::vector<std::string> set, without = {};
  void describe(Fields& fields) {
    fields("name", name, "name of the cell, a folder name");
    fields("set", set, "overrides, a.b=c of the last task's config, or STAGE:a.b=c, STAGE+STAGE:a.b=c, all:a.b=c");
    fields("without", without, "stages that this cell leaves out");
  }
};

// An ablation: training runs for cells x seeds (docs/sweeps.md). A run may have earlier stages: prior, cues, sampler, in this
// order. A later stage gets the checkpoints of the earlier ones through its keys `prior` and `cues`.
struct SweepConfig {
  std::string claim, task = "sampler", base;
  std::vector<std::string> stages;
  std::vector<int64_t> seeds = {0};
  std::vector<std::string> set;
  std::vector<SweepCell> cells;
  std::string metric = "mpjpe_mm";
  std::vector<std::string> metrics;
  void describe(Fields& fields) {
    fields("claim", claim, "the claim that this sweep tests");
    fields("task", task, "prior, cues or sampler: what is trained last and measured");
    fields("base", base, "the config that every cell starts from; none: the defaults");
    fields("stages", stages, "tasks trained before the last one: prior, cues; their configs are in base's folder as TASK.yaml");
    fields("seeds", seeds, "run seeds; every cell is trained with each");
    fields("set", set, "overrides for all cells, written as a cell's");
    fields("cells", cells, "what is compared; the first cell is the reference");
    fields("metric", metric, "the validation metric that the table shows");
    fields("metrics", metrics, "several metrics, a table for each; none: only metric");
  }
  void check() const;  // task, stages, cells, seeds and overrides known, not empty and not doubled; throws Error

  std::vector<std::string> shown_metrics() const;  // metrics, or the one metric
};

struct SweepResult {
  struct Run {
    std::string cell;
    int64_t seed = 0;
    std::filesystem::path folder;
    bool done = false;
    double value = 0;                      // the sweep's first metric at the last validation
    std::map<std::string, double> values;  // all metrics of the last validation
    std::string error;                     // why a run failed or its result is not used; "" otherwise
    int64_t stages = 0, stages_done = 0;   // number of earlier stages, and how many are done
  };
  std::vector<Run> runs;  // cells in order, seeds in order
};

// Trains one config in a folder to its end, resuming an unfinished run. False: stopped by a signal before its end.
using TrainRun = std::function<bool(const std::string& task, const std::string& base, const std::vector<std::string>& set,
                                    const std::filesystem::path& run)>;

// Trains the missing runs in `folder` (FOLDER/CELL/seed_N, stages in FOLDER/stages), one after the other; finished runs are kept.
// A failed run is recorded and does not stop the others; a stop signal does. Several processes may work in one folder: each run
// is trained by one of them; the others train the remaining runs and wait for it at the end. `only`: only this cell ("" = all);
// `only_seed`: only this seed. Throws Error when there is no such cell or seed and, before writing anything, when the folder
// holds results of other settings. Records FOLDER/sweep.yaml and copies of the configs, FOLDER/base.yaml and FOLDER/TASK.yaml.
SweepResult run_sweep(const SweepConfig& config, const std::filesystem::path& folder, const std::string& only,
                      const TrainRun& train, std::optional<int64_t> only_seed = std::nullopt);
// Whether a run matches the selection ("" and nullopt: all).
bool is_selected(const std::string& only, std::optional<int64_t> only_seed, const std::string& cell, int64_t seed);
// Throws Error when the sweep has no such cell or seed.
void require_selection(const SweepConfig& config, const std::string& only, std::optional<int64_t> only_seed);
// Reads the runs on disk without training. Results of other overrides or another base are not used; Run::error gives the reason.
SweepResult read_sweep(const SweepConfig& config, const std::filesystem::path& folder);

bool is_sweep_folder(const std::filesystem::path& folder);
// The config that run_sweep recorded, with its copies of the configs. Throws Error when the folder holds no sweep.
SweepConfig read_sweep_config(const std::filesystem::path& folder);

// The sweep ended at one of its stages, whose metrics are then compared. Drops overrides of later stages, cells without this
// stage and cells that no longer differ from an earlier one. Throws Error when it has no such stage.
SweepConfig ended_at(const SweepConfig& config, const std::string& stage);

// Columns: the metric per seed, its mean, standard deviation and number of seeds, and the paired difference to the first cell
// (over the seeds of both cells), from five seeds on with the half width of its 95 % interval. Last rows: the validation's
// baselines. `metric`: "" = the sweep's first.
Table sweep_table(const SweepConfig& config, const SweepResult& result, const std::string& metric = "");

}  // namespace interprior
