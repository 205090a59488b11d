#pragma once
#include <c10/core/Device.h>

#include <filesystem>
#include <string>
#include <vector>

namespace interprior {

// Trains a task (prior, cues, sampler) in a folder: begins, or goes on with an unfinished run of the same config. True when the
// run has all its steps, false when it was asked to stop before. Throws Error.
bool train_to_end(const std::string& task, const std::string& base, const std::vector<std::string>& set,
                  const std::filesystem::path& run, c10::Device device);

}  // namespace interprior
