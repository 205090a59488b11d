#pragma once
#include <torch/types.h>
#include <torch/utils.h>

#include <opencv2/core.hpp>

#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/model/sampler.h"

namespace interprior {

inline constexpr int64_t kTinyCrop = 64;

inline InteractionPriorConfig tiny_prior() {
  InteractionPriorConfig config;
  config.latent = 6;
  config.width = 16;
  config.depth = 1;
  return config;
}

// A sampler with a few thousand random weights, whose head is scaled so that outputs differ between images.
inline Sampler tiny_sampler(uint64_t seed = 1) {
  torch::manual_seed(seed);
  SamplerConfig config;
  config.image_size = kTinyCrop;
  config.extraction.trunk = BackboneKind::resnet18;
  config.extraction.width = 4;
  config.extraction.features = 8;
  config.extraction.decoder = 8;
  config.fusion.depth = 1;
  config.fusion.width = 24;
  config.fusion.heads = 2;
  config.sampling.heads = 2;
  config.sampling.width = 16;
  Sampler sampler(config, tiny_prior());
  const torch::NoGradGuard no_grad;
  for (auto& parameter : sampler->named_parameters())
    if (parameter.key().rfind("sampling.", 0) == 0) parameter.value().mul_(2);
  return sampler;
}

inline const HandModel& procedural_model() {
  static const HandModel model = procedural_hand();
  return model;
}

inline cv::Mat random_image(int width, int height, uint64_t seed = 7) {
  cv::Mat image(height, width, CV_8UC3);
  cv::RNG random(seed);
  random.fill(image, cv::RNG::UNIFORM, 0, 256);
  return image;
}

}  // namespace interprior
