#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "interprior/base/safetensors.h"
#include "interprior/data/patterns.h"
#include "interprior/model/resnet.h"

namespace interprior {

// Patterns of several sources in one set: patterns.h5 files as they are, InterHand2.6M roots by their MANO annotations (each
// pose once, however many cameras saw it; `hand` gives the mean pose its annotations are relative to). Throws Error.
Patterns merged_patterns(const std::vector<std::string>& sources, const std::string& hand);

// The trunk's part of a torchvision state dict, checked by name and shape against ours. Throws Error listing what is missing or
// misshapen.
struct TrunkWeights {
  NamedTensors tensors;
  std::vector<std::string> unused;      // names of the file that are no part of the trunk (the classifier's)
};
TrunkWeights trunk_weights(const std::filesystem::path& file, TrunkKind kind);

}  // namespace interprior
