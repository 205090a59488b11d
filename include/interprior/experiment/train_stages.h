#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "interprior/train/train_options.h"

namespace interprior {

// The stages whose configs (prior.yaml, cues.yaml, sampler.yaml) are in a folder, in order of training. Throws Error unless there
// is prior.yaml and at least one other.
std::vector<std::string> stages_in(const std::filesystem::path& configs);

// Trains the stages one after the other in RUN/prior, RUN/cues and RUN/sampler, each from the checkpoints of earlier stages.
// `set`: overrides as in a sweep, "prior:seed=1", "all:hand=FILE"; without a stage they apply to the last one. With
// options.resume it skips finished stages and resumes an unfinished one. All stages are checked before the first is trained
// (configs, files, equal hand and prior): throws Error with the stage.
TrainEnd train_stages(const std::filesystem::path& configs, const std::vector<std::string>& set, const TrainOptions& options);

}  // namespace interprior
