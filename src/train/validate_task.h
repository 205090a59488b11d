#pragma once
#include <cstdint>
#include <map>
#include <string>

#include "interprior/run/run_checkpoints.h"
#include "interprior/run/run_folder.h"
#include "interprior/train/task.h"
#include "optimiser.h"

namespace interprior {

// A validation of a run.
struct Validated {
  int64_t step = -1;
  std::map<std::string, double> values;  // metrics by name; empty when it failed
  bool best = false;                     // the best so far, with at most 1 % of the samples left out
};

// Validates the EMA weights and logs metrics, images and histograms. A failed validation is logged without metrics, with a
// warning.
Validated validate_task(TaskBase& task, Optimiser& optimiser, RunFolder& run, RunCheckpoints& checkpoints, int64_t step);

}  // namespace interprior
