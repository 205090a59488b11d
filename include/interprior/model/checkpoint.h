#pragma once
#include <torch/nn/module.h>

#include <filesystem>
#include <map>
#include <string>

#include "interprior/base/files/safetensors.h"
#include "interprior/model/checkpoint_info.h"
#include "interprior/model/sampler.h"

namespace interprior {

// Stores weights under module names, EMA weights under "averaged." + name. Atomic. Throws Error.
void write_checkpoint(const std::filesystem::path& path, const NamedTensors& tensors, const CheckpointInfo& info);
void write_checkpoint(const std::filesystem::path& path, const torch::nn::Module& network, const CheckpointInfo& info,
                      const std::map<std::string, torch::Tensor>& ema_weights = {});

// Copies weights strictly: one Error lists all missing, unexpected and misshapen names. `prefer_ema` uses the EMA weights.
void load_weights(torch::nn::Module& network, const Safetensors& file, bool prefer_ema = true);

// Copies all tensors whose name and shape match; other weights are unchanged. A torchvision state dict fills the backbone.
struct PartialLoad {
  int64_t loaded = 0, kept = 0;
  std::vector<std::string> unused;
};
PartialLoad load_matching_weights(torch::nn::Module& network, const Safetensors& file);

InteractionPrior load_prior(const std::filesystem::path& path, CheckpointInfo* info = nullptr);
Sampler load_sampler(const std::filesystem::path& path, CheckpointInfo* info = nullptr);
// Loads a sampler or a cue-stage checkpoint; in the latter, extraction is untrained.
Sampler load_sampler_or_cues(const std::filesystem::path& path, CheckpointInfo* info = nullptr);

}  // namespace interprior
