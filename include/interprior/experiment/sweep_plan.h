#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "interprior/experiment/sweep.h"

// Expansion of a sweep config into training runs.
namespace interprior {

// One training run that a sweep needs.
struct PlannedRun {
  std::string task, base;        // its config file; "" = the defaults
  std::vector<std::string> set;  // overrides in their order: earlier stages' checkpoints, the sweep's, the cell's, the seed
  std::filesystem::path folder;  // FOLDER/CELL/seed_N, or FOLDER/stages/TASK-seed_N-HASH
  std::string settings;          // JSON of everything the result depends on; independent of the folder's path
};

// The runs of one cell and seed in order of dependency; the last is the cell's own. A stage's folder is named by its settings:
// cells with equal settings of a stage share it. A stage whose overrides set a seed uses that seed for all seeds of the sweep.
std::vector<PlannedRun> planned_runs(const SweepConfig& config, const SweepCell& cell, int64_t seed,
                                     const std::filesystem::path& folder);

// An override and the stages it applies to; none: the last task.
struct StageOverride {
  std::vector<std::string> stages;
  std::string set;
};
// Parses "cues+sampler:a.b=c". Throws Error on an unknown stage.
StageOverride stage_override(const std::string& text);

// The config file of a task of the sweep.
std::string base_of(const SweepConfig& config, const std::string& task);

std::filesystem::path checkpoint_of(const std::filesystem::path& run);  // RUN/checkpoints/last.safetensors

// Checks the configs of all runs without training: keys, types and ranges, existence of files, and equality of hand files and
// priors along a chain of stages. Throws Error with the cell and the stage.
void check_plan(const SweepConfig& config, const std::filesystem::path& folder);

}  // namespace interprior
