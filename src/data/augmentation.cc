#include "interprior/data/augmentation.h"

#include <numbers>

namespace interprior {
namespace {

Occluder sample_occluder(double longest, Random& random) {
  Occluder occluder;
  for (double* side : {&occluder.width, &occluder.height}) *side = random.uniform(0.25 * longest, longest);
  occluder.left = random.uniform(0, 1 - occluder.width);
  occluder.top = random.uniform(0, 1 - occluder.height);
  occluder.copied = random.chance(0.5);
  occluder.from_left = random.uniform(0, 1 - occluder.width);
  occluder.from_top = random.uniform(0, 1 - occluder.height);
  for (uint8_t& value : occluder.colour) value = static_cast<uint8_t>(random.integer(256));
  return occluder;
}

}  // namespace

Augmentation sample_augmentation(const AugmentationConfig& config, Seed seed) {
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
  if (random.chance(config.occlusion)) augmentation.occluder = sample_occluder(config.occluder, random);
  return augmentation;
}

}  // namespace interprior
