#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "interprior/train/train_options.h"

namespace interprior {

// Which configs a folder holds of prior.yaml, cues.yaml and sampler.yaml, as tasks in the order in which they are trained. Throws
// Error unless there are at least two of them that belong together.
std::vector<std::string> stages_in(const std::filesystem::path& configs);

// Trains them one after the other in RUN/prior, RUN/cues and RUN/sampler, each from the checkpoints of those before it. `set`: as
// a sweep's, "prior:seed=1", "all:hand=FILE"; of the last stage where none is named. A folder of finished stages goes on with the
// next, one of an unfinished stage within it, where options.resume is set. Every stage is checked before the first begins
// (configs, files, hand and priors that must be the same): throws Error with the stage.
TrainEnd train_stages(const std::filesystem::path& configs, const std::vector<std::string>& set, const TrainOptions& options);

}  // namespace interprior
