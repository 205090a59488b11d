#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace interprior {

// Names of the numbers that the validation of each task logs; `hypotheses`: K per validation sample.
std::vector<std::string> prior_validation_names(int64_t hypotheses);
std::vector<std::string> cue_validation_names(int64_t hypotheses);
std::vector<std::string> sampler_validation_names(int64_t hypotheses);

}  // namespace interprior
