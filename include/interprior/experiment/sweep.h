#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "interprior/base/config.h"
#include "interprior/metric/table.h"

namespace interprior {

struct SweepCell {
  std::string name;
  std::vector<std::string> set;
  void describe(Fields& fields) {
    fields("name", name, "name of the cell, a folder name");
    fields("set", set, "overrides of the base config, a.b=c");
  }
};

// An ablation: cells x seeds of ordinary runs.
struct SweepConfig {
  std::string claim, task = "sampler", base;
  std::vector<int64_t> seeds = {0};
  std::vector<std::string> set;
  std::vector<SweepCell> cells;
  std::string metric = "mpjpe_mm";
  void describe(Fields& fields) {
    fields("claim", claim, "the sentence that this sweep tests");
    fields("task", task, "prior or sampler");
    fields("base", base, "the config that every cell starts from; none: the defaults");
    fields("seeds", seeds, "run seeds; every cell is trained with each");
    fields("set", set, "overrides for all cells, a.b=c");
    fields("cells", cells, "what is compared; the first one is the reference");
    fields("metric", metric, "the validation number that the table shows; smaller is better");
  }
  void check() const;      // task, cells and seeds known, not empty and not doubled; throws Error
};

struct SweepResult {
  struct Run {
    std::string cell;
    int64_t seed = 0;
    std::filesystem::path folder;
    bool done = false;
    double value = 0;                        // the sweep's metric, of the last validation
    std::map<std::string, double> values;    // everything that the last validation measured
    std::string error;                       // why a run failed, or why its result cannot stand here; "" otherwise
  };
  std::vector<Run> runs;                     // cells in order, seeds in order
};

// Runs one config to its end in a folder, going on with what lies there. False: it was asked to stop before its end.
using TrainRun = std::function<bool(const std::string& task, const std::string& base, const std::vector<std::string>& set,
                                    const std::filesystem::path& run)>;

// Trains what is missing below `folder` (FOLDER/CELL/seed_N), one run after the other; finished runs are kept. A failed run is
// recorded and does not stop the others; a run asked to stop does. `only`: this cell alone ("" = all); throws Error where there
// is none. Each run has the overrides of the sweep, of its cell, and seed=N, in this order. Records FOLDER/sweep.yaml
// and a copy of the base, FOLDER/base.yaml.
SweepResult run_sweep(const SweepConfig& config, const std::filesystem::path& folder, const std::string& only,
                      const TrainRun& train);
// The runs as they stand on disk, nothing trained. A result of other overrides or another base is not taken, and says so.
SweepResult read_sweep(const SweepConfig& config, const std::filesystem::path& folder);

// The config that run_sweep recorded, with its copy of the base. Throws Error when the folder holds no sweep.
bool is_sweep_folder(const std::filesystem::path& folder);
SweepConfig read_sweep_config(const std::filesystem::path& folder);

// Every seed's number, mean, standard deviation over seeds, and the paired difference to the first cell with its 95 % interval
// (Student's t over seeds that both cells have).
Table sweep_table(const SweepConfig& config, const SweepResult& result);

}  // namespace interprior
