#pragma once
#include <torch/nn/module.h>

#include <filesystem>
#include <string>
#include <vector>

#include "interprior/base/files/safetensors.h"

namespace interprior {

// A trunk's part of a state dict of the same architecture (torchvision's ImageNet weights, as data_scripts/torchvision_weights.py
// writes them), under the trunk's own names (conv1.weight, ...).
struct TrunkWeights {
  NamedTensors tensors;
  std::vector<std::string> unused;  // names of the file that are no part of the trunk (the classifier's)
};

// Every parameter and statistic of the trunk must be in the file with its shape; only the counts num_batches_tracked, which no
// forward pass reads, may be absent. Throws Error listing what is missing or misshapen, and what the file has instead.
TrunkWeights read_trunk_weights(const std::filesystem::path& file, const torch::nn::Module& trunk);

// Copies them into the module `extraction.trunk` of a sampler. Throws Error naming the first that the network does not have.
void load_trunk_weights(torch::nn::Module& sampler, const TrunkWeights& weights);

}  // namespace interprior
