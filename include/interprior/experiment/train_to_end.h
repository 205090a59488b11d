#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "interprior/train/train_options.h"

namespace interprior {

// Trains a task (prior, cues, sampler) in options.run: starts a run, resumes an unfinished run of the same config, or returns at
// once when it is finished. TrainEnd::stopped is true unless all steps and the last validation are done. Throws Error.
TrainEnd train_to_end(const std::string& task, const std::string& base, const std::vector<std::string>& set,
                      TrainOptions options);

// Throws Error when a folder holds a run of this task with another config.
void require_own_run(const std::string& task, const std::string& base, const std::vector<std::string>& set,
                     const std::filesystem::path& run);

}  // namespace interprior
