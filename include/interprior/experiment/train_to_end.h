#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "interprior/train/train_options.h"

namespace interprior {

// Trains a task (prior, cues, sampler) in options.run: begins, or goes on with an unfinished run of the same config, or finds it
// finished. True when the run has all its steps, false when it was asked to stop before. Throws Error.
bool train_to_end(const std::string& task, const std::string& base, const std::vector<std::string>& set, TrainOptions options);

}  // namespace interprior
