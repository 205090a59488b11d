#pragma once
#include <filesystem>

#include "interprior/model/checkpoint.h"

namespace interprior {

// Where the hand file is that a checkpoint was trained with: the recorded path; from the checkpoint's folder upwards, that path,
// its name and hand.h5. A file counts only with the recorded hash. Throws Error naming what was looked for.
std::filesystem::path hand_file_of(const CheckpointInfo& info, const std::filesystem::path& checkpoint);

}  // namespace interprior
