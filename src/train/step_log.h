#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "bad_steps.h"
#include "interprior/base/progress.h"
#include "interprior/run/run_folder.h"
#include "step_speed.h"
#include "term_means.h"

namespace interprior {

// What is known of the steps since the last line of the log.
struct StepLog {
  StepSpeed speed;
  BadSteps bad = {};
  TermMeans means = {};
};

// Writes a step's line of the log and updates the progress display.
void log_step(RunFolder& run, Progress& progress, int64_t step, std::map<std::string, double> values);
// At most 16 names, then the number of others.
std::string listed(const std::vector<std::string>& names);

}  // namespace interprior
