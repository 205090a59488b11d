#pragma once
#include <torch/nn/module.h>

#include <filesystem>
#include <string>
#include <vector>

#include "interprior/base/files/safetensors.h"

namespace interprior {

// Backbone weights from a state dict of the same architecture (torchvision's ImageNet weights, as written by
// data_scripts/torchvision_weights.py), under the trunk's own names (conv1.weight, ...).
struct TrunkWeights {
  NamedTensors tensors;
  std::vector<std::string> unused;  // names in the file that the trunk does not have (the classifier's)
};

// Every parameter and statistic of the trunk must be in the file with its shape; only num_batches_tracked, which no forward pass
// reads, may be absent. Throws Error listing missing, misshapen and unexpected names.
TrunkWeights read_trunk_weights(const std::filesystem::path& file, const torch::nn::Module& trunk);

// Copies the weights into `extraction.trunk` of a sampler. Throws Error naming the first tensor that the network does not have.
void load_trunk_weights(torch::nn::Module& sampler, const TrunkWeights& weights);

}  // namespace interprior
