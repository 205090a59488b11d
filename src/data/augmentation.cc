#include "interprior/data/augmentation.h"

#include <numbers>

namespace interprior {

Augmentation draw_augmentation(const AugmentationConfig& config, Seed seed) {
  Augmentation augmentation;
  if (!config.enabled) return augmentation;
  Random random(seed.derive("augmentation"));
  const double roll = config.roll * std::numbers::pi / 180;
  augmentation.jitter.roll = random.uniform(-roll, roll);
  augmentation.jitter.scale = 1 + random.uniform(-config.scale, config.scale);
  for (double& shift : augmentation.jitter.shift) shift = random.uniform(-config.shift, config.shift);
  augmentation.mirror = random.chance(config.mirror);
  for (float& gain : augmentation.gain) gain = static_cast<float>(1 + random.uniform(-config.gain, config.gain));
  for (float& offset : augmentation.offset) offset = static_cast<float>(255 * random.uniform(-config.offset, config.offset));
  return augmentation;
}

}  // namespace interprior
