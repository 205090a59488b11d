#pragma once
#include <array>

namespace interprior {

// What the command line says of a stage; needs no LibTorch.
struct StageListing {
  const char* name;     // command, config file NAME.yaml, run folder and kind of checkpoint
  const char* summary;  // one line for --help
};

// In order of training.
inline constexpr StageListing kPriorStage{"prior", "Train the VAE over two-hand interactions on a patterns.h5"};
inline constexpr StageListing kCueStage{"cues", "Train fusion and sampling on cues computed from a patterns.h5, without images"};
inline constexpr StageListing kSamplerStage{"sampler", "Train the image network that samples a trained prior"};
inline constexpr std::array kStageList = {kPriorStage, kCueStage, kSamplerStage};

}  // namespace interprior
