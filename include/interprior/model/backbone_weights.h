#pragma once
#include <torch/nn/module.h>

#include <filesystem>
#include <string>
#include <vector>

#include "interprior/base/files/safetensors.h"

namespace interprior {

// Backbone weights from a state dict of the same architecture (torchvision's ImageNet weights, as written by
// data_scripts/torchvision_weights.py), under the backbone's own names (conv1.weight, ...).
struct BackboneWeights {
  NamedTensors tensors;
  std::vector<std::string> unused;  // names in the file that the backbone does not have (the classifier's)
};

// Every parameter and statistic of the backbone must be in the file with its shape; only num_batches_tracked, which no forward
// pass reads, may be absent. Throws Error listing missing, misshapen and unexpected names.
BackboneWeights read_backbone_weights(const std::filesystem::path& file, const torch::nn::Module& backbone);

// Copies the weights into `extraction.trunk` of a sampler. Throws Error naming the first tensor that the network does not have.
void load_backbone_weights(torch::nn::Module& sampler, const BackboneWeights& weights);

}  // namespace interprior
