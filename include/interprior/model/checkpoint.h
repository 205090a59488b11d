#pragma once
#include <torch/nn/module.h>

#include <filesystem>
#include <map>
#include <string>

#include "interprior/base/files/safetensors.h"
#include "interprior/model/sampler.h"

namespace interprior {

// Format history: 1 = first release. 2 = a prior holds its aggregated posterior; older files are read with N(0, I). 3 = a prior
// holds a factor of its training states' covariance, the sampling temperature and, where configured, a flow; older files are read
// with the states' standard deviations, 1 and no flow. 4 = the flow holds an affine map; older files are read with the identity.
// 5 = config keys of version 0.2.0; those of older files are translated.
inline constexpr int64_t kCheckpointFormat = 5;

// Contents of a checkpoint's __metadata__.
struct CheckpointInfo {
  int64_t format = kCheckpointFormat;
  std::string kind;                        // "prior", "cues" (cue stage) or "sampler"
  std::string config;                      // the resolved run config, YAML
  std::string prior_model, sampler_model;  // resolved model configs, YAML (sampler_model empty for a prior)
  int64_t step = 0;
  std::string hand_file, hand_hash, hand_source;  // hand model used in training
  std::string splits;                             // of the training patterns or images, comma-separated
  std::string prior_splits;  // of the patterns its prior and cue stage were trained on; empty for a prior, and where unknown
  std::string cues;          // source of the cues used to train fusion and sampling: "image" or "keypoints"; empty for a prior,
                             // and where unknown
  std::map<std::string, std::string> metrics;  // at this step
};

// Whether a checkpoint's list of splits and a split to be evaluated have samples in common; "all" stands for every split.
bool saw_split(const std::string& splits, const std::string& split);

// Stores weights under module names, EMA weights under "averaged." + name. Atomic. Throws Error.
void write_checkpoint(const std::filesystem::path& path, const NamedTensors& tensors, const CheckpointInfo& info);
void write_checkpoint(const std::filesystem::path& path, const torch::nn::Module& network, const CheckpointInfo& info,
                      const std::map<std::string, torch::Tensor>& ema_weights = {});

// Reads and validates the metadata. Throws Error naming the file if it is no checkpoint, of a newer format, or of another kind
// than `kind` ("" = any).
CheckpointInfo read_checkpoint_info(const Safetensors& file, const std::string& kind = "");

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
