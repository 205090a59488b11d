#pragma once
#include <cstdint>
#include <map>
#include <string>

namespace interprior {

struct SafetensorsHeader;

// Format history: 1 = first release. 2 = a prior holds its aggregated posterior; older files are read with N(0, I). 3 = a prior
// holds a factor of its training states' covariance, the sampling temperature and, where configured, a flow; older files are read
// with the states' standard deviations, 1 and no flow. 4 = the flow holds an affine map; older files are read with the identity.
// 5 = config keys of version 0.2.0; those of older files are translated.
inline constexpr int64_t kCheckpointFormat = 5;

// Contents of a checkpoint's `__metadata__`.
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

// Format of a file of weights; kCheckpointFormat if it records none. Throws Error if it is no number.
int64_t checkpoint_format(const SafetensorsHeader& file);

// Reads and validates the metadata. Throws Error naming the file if it is no checkpoint, of a newer format, or of another kind
// than `kind` ("" = any).
CheckpointInfo read_checkpoint_info(const SafetensorsHeader& file, const std::string& kind = "");

// The metadata that read_checkpoint_info reads back.
std::map<std::string, std::string> metadata_of(const CheckpointInfo& info);

}  // namespace interprior
