#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace interprior {

// The numbers that the validation of a run of this task (prior, cues, sampler) measures, under the names that it logs;
// `hypotheses`: draws of each held-out sample.
std::vector<std::string> validation_names(const std::string& task, int64_t hypotheses);

}  // namespace interprior
