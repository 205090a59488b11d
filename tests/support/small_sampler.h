#pragma once
#include "interprior/model/sampler.h"

namespace interprior {

// A sampler that runs in milliseconds: a narrow ResNet-18 at 64 px, one attention block.
inline SamplerConfig small_sampler() {
  SamplerConfig config;
  config.image_size = 64;
  config.extraction = {BackboneKind::resnet18, 8, 16, 16, FeatureSource::decoder};
  config.fusion.patch = 4;
  config.fusion.depth = 1;
  config.fusion.width = 32;
  config.fusion.heads = config.sampling.heads = 2;
  config.sampling.width = 32;
  return config;
}

}  // namespace interprior
