#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "interprior/experiment/sweep.h"

// From a sweep's lines to the runs that they mean.
namespace interprior {

// One training run that a sweep needs.
struct PlannedRun {
  std::string task, base;        // its config file; "" = the defaults
  std::vector<std::string> set;  // overrides in their order: earlier stages' checkpoints, the sweep's, the cell's, the seed
  std::filesystem::path folder;  // FOLDER/CELL/seed_N, or FOLDER/stages/TASK-seed_N-HASH
  std::string settings;          // JSON of what its result depends on; does not depend on where the folder lies
};

// The runs of one cell and seed, each after those it needs; the last is the cell's own. A stage's folder is named by its
// settings: cells that agree about a stage share it. A stage that sets its own seed has that one for all seeds.
std::vector<PlannedRun> planned_runs(const SweepConfig& config, const SweepCell& cell, int64_t seed,
                                     const std::filesystem::path& folder);

// An override with the stages it is for; none: the last task.
struct StageOverride {
  std::vector<std::string> stages;
  std::string set;
};
// "cues+sampler:a.b=c". Throws Error on a stage that no sweep has.
StageOverride stage_override(const std::string& text);

// The config file of a task of the sweep.
std::string base_of(const SweepConfig& config, const std::string& task);

std::filesystem::path checkpoint_of(const std::filesystem::path& run);  // RUN/checkpoints/last.safetensors

// Reads the config of every run of every cell and what it names: keys, types and ranges, files that must be there, hand files and
// priors that must be the same along a chain of stages. Nothing is trained. Throws Error with the cell and the stage.
void check_plan(const SweepConfig& config, const std::filesystem::path& folder);

}  // namespace interprior
