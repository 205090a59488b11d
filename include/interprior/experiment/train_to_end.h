#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "interprior/train/train_options.h"

namespace interprior {

// Trains a task (prior, cues, sampler) in options.run: begins, or goes on with an unfinished run of the same config, or finds it
// finished. `stopped` unless the run has all its steps and their validation. Throws Error.
TrainEnd train_to_end(const std::string& task, const std::string& base, const std::vector<std::string>& set,
                      TrainOptions options);

// Throws Error where a folder holds a run of this task with another config.
void require_own_run(const std::string& task, const std::string& base, const std::vector<std::string>& set,
                     const std::filesystem::path& run);

}  // namespace interprior
