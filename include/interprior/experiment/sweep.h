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
    fields("without", without, "stages that this cell does not have");
  }
};

// An ablation: cells x seeds of ordinary runs (docs/sweeps.md). A run may need others before it, its stages: prior, cues,
// sampler, in this order. A later stage gets the checkpoints of the earlier ones by its keys `prior` and `cues`.
struct SweepConfig {
  std::string claim, task = "sampler", base;
  std::vector<std::string> stages;
  std::vector<int64_t> seeds = {0};
  std::vector<std::string> set;
  std::vector<SweepCell> cells;
  std::string metric = "mpjpe_mm";
  std::vector<std::string> metrics;
  void describe(Fields& fields) {
    fields("claim", claim, "the sentence that this sweep tests");
    fields("task", task, "prior, cues or sampler: what is trained last and measured");
    fields("base", base, "the config that every cell starts from; none: the defaults");
    fields("stages", stages, "tasks trained before the last one: prior, cues; their configs lie beside base as TASK.yaml");
    fields("seeds", seeds, "run seeds; every cell is trained with each");
    fields("set", set, "overrides for all cells, written as a cell's");
    fields("cells", cells, "what is compared; the first one is the reference");
    fields("metric", metric, "the validation number that the table shows");
    fields("metrics", metrics, "several of them, each a table; none: metric alone");
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
    double value = 0;                      // the sweep's first metric, of the last validation
    std::map<std::string, double> values;  // everything that the last validation measured
    std::string error;                     // why a run failed, or why its result cannot stand here; "" otherwise
    int64_t stages = 0, stages_done = 0;   // that come before it
  };
  std::vector<Run> runs;  // cells in order, seeds in order
};

// Runs one config to its end in a folder, going on with what lies there. False: it was asked to stop before its end.
using TrainRun = std::function<bool(const std::string& task, const std::string& base, const std::vector<std::string>& set,
                                    const std::filesystem::path& run)>;

// Trains what is missing below `folder` (FOLDER/CELL/seed_N, stages in FOLDER/stages), one run after the other; finished runs are
// kept. A failed run is recorded and does not stop the others; a run asked to stop does. Several processes may work in one
// folder: each run is trained by one of them, the others take what is left and wait for it at the end. `only`: this cell alone
// ("" = all); `only_seed`: this seed alone; throws Error where there is none, and before anything is written where the folder
// holds results of other settings. Records FOLDER/sweep.yaml and copies of the configs, FOLDER/base.yaml and FOLDER/TASK.yaml.
SweepResult run_sweep(const SweepConfig& config, const std::filesystem::path& folder, const std::string& only,
                      const TrainRun& train, std::optional<int64_t> only_seed = std::nullopt);
// Whether a run is one that these select ("" and none: all).
bool is_selected(const std::string& only, std::optional<int64_t> only_seed, const std::string& cell, int64_t seed);
// Throws Error where the sweep has no such cell or seed.
void require_selection(const SweepConfig& config, const std::string& only, std::optional<int64_t> only_seed);
// The runs as they stand on disk, nothing trained. A result of other overrides or another base is not taken, and says so.
SweepResult read_sweep(const SweepConfig& config, const std::filesystem::path& folder);

// The config that run_sweep recorded, with its copies of the configs. Throws Error when the folder holds no sweep.
bool is_sweep_folder(const std::filesystem::path& folder);
SweepConfig read_sweep_config(const std::filesystem::path& folder);

// The same sweep ended at one of its stages, which becomes what is measured. Overrides of later stages are dropped, and so are
// cells without this stage and those that no longer differ from an earlier one. Throws Error where it has no such stage.
SweepConfig ended_at(const SweepConfig& config, const std::string& stage);

// Every seed's number, mean, standard deviation and number of seeds, and the paired difference to the first cell (over seeds that
// both cells have), from five seeds on with the half width of its 95 % interval; then the baselines that the validation knows.
// `metric`: "" = the sweep's first.
Table sweep_table(const SweepConfig& config, const SweepResult& result, const std::string& metric = "");

}  // namespace interprior
