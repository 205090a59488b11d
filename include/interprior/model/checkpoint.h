#pragma once
#include <torch/nn/module.h>

#include <filesystem>
#include <map>
#include <string>

#include "interprior/base/files/safetensors.h"
#include "interprior/model/sampler.h"

namespace interprior {

// Format history: 1 = first release. 2 = a prior holds its aggregated posterior; one of format 1 gets N(0, I) for it. 3 = a prior
// holds how the states of its training set vary together, the temperature of draws and where configured a flow; an older one gets
// the states' deviations, 1 and none.
inline constexpr int64_t kCheckpointFormat = 4;

// What a checkpoint says of itself, in its __metadata__.
struct CheckpointInfo {
  int64_t format = kCheckpointFormat;
  std::string kind;                        // "prior" or "sampler"
  std::string config;                      // the resolved run config, YAML
  std::string prior_model, sampler_model;  // resolved model configs, YAML (sampler_model empty for a prior)
  int64_t step = 0;
  std::string hand_file, hand_hash, hand_source;  // the hand it was trained with
  std::string splits;                             // of the training patterns or images, comma-separated
  std::string prior_splits;  // of the patterns that its prior and cue stage learned from; empty for a prior, and where unknown
  std::string cues;  // what the cues were computed from that fusion and sampling were trained on: "image" or "keypoints"; empty
                     // for a prior, and where unknown
  std::map<std::string, std::string> metrics;  // at this step
};

// Whether a list of splits, as a checkpoint has it, and a split to be evaluated have samples in common; "all" is every split.
bool saw_split(const std::string& splits, const std::string& split);

// Weights under module names, averaged weights under "averaged." + name. Atomic. Throws Error.
void write_checkpoint(const std::filesystem::path& path, const NamedTensors& tensors, const CheckpointInfo& info);
void write_checkpoint(const std::filesystem::path& path, const torch::nn::Module& network, const CheckpointInfo& info,
                      const std::map<std::string, torch::Tensor>& averaged = {});

// Reads and validates; throws Error naming the file when it is no checkpoint, of a newer format, or of another kind than `kind`
// ("" = any), with advice.
CheckpointInfo read_checkpoint_info(const Safetensors& file, const std::string& kind = "");

// Copies weights strictly: missing, unexpected and misshapen names are all listed in one Error. `averaged` prefers the averaged
// ones.
void load_weights(torch::nn::Module& network, const Safetensors& file, bool averaged = true);

// What fits by name and shape is copied, the rest stays as it is: a starting point. A torchvision state dict fills the trunk.
struct PartialLoad {
  int64_t loaded = 0, kept = 0;
  std::vector<std::string> unused;
};
PartialLoad load_matching_weights(torch::nn::Module& network, const Safetensors& file);

InteractionPrior load_prior(const std::filesystem::path& path, CheckpointInfo* info = nullptr);
Sampler load_sampler(const std::filesystem::path& path, CheckpointInfo* info = nullptr);
// A sampler, or the cue stage of one, whose extraction is not trained.
Sampler load_sampler_or_cues(const std::filesystem::path& path, CheckpointInfo* info = nullptr);

}  // namespace interprior
