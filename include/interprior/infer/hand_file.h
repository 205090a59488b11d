#pragma once
#include <filesystem>

#include "interprior/model/checkpoint.h"

namespace interprior {

// Finds the hand file that a checkpoint was trained with: at the recorded path, then in the checkpoint's folder and its parents
// by that path, its file name and hand.h5. Only a file with the recorded hash is accepted. Throws Error if none matches.
std::filesystem::path hand_file_of(const CheckpointInfo& info, const std::filesystem::path& checkpoint);

}  // namespace interprior
