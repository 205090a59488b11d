#pragma once
#include <optional>

#include "interprior/base/config/config.h"
#include "interprior/base/seed.h"
#include "interprior/geometry/crop.h"

namespace interprior {

// Data augmentation in training. Defaults: the benchmark's, with box jitter that imitates detected boxes.
struct AugmentationConfig {
  bool enabled = true;
  double roll = 90, scale = 0.1, shift = 0.05, mirror = 0.5, gain = 0.3, offset = 0.05, occlusion = 0, occluder = 0.4;
  void describe(Fields& fields) {
    fields("enabled", enabled, "augment training samples");
    fields("roll", roll, "in-plane rotation of the crop, +- degrees", {0, 180});
    fields("scale", scale, "size of the crop, +- fraction", {0, 0.9});
    fields("shift", shift, "jitter of the crop's centre, +- fraction of its side", {0, 0.5});
    fields("mirror", mirror, "probability of a mirrored sample with right and left swapped", {0, 1});
    fields("gain", gain, "colour gain per channel, +- fraction", {0, 0.9});
    fields("offset", offset, "colour offset per channel, +- fraction of full scale", {0, 0.5});
    fields("occlusion", occlusion, "probability of an occluding patch; the masks of visible parts exclude what it hides", {0, 1});
    fields("occluder", occluder, "longest side of the occluding patch, as a fraction of the crop's side", {0.05, 0.9});
  }
};

// An occluding patch, in fractions of the crop's side: a single colour, or a copy of another region of the crop.
struct Occluder {
  double left = 0, top = 0, width = 0, height = 0;
  bool copied = false;
  double from_left = 0, from_top = 0;
  std::array<uint8_t, 3> colour{};  // RGB
};

struct Augmentation {
  CropJitter jitter;
  bool mirror = false;
  std::array<float, 3> gain = {1, 1, 1}, offset = {0, 0, 0};  // RGB, full scale 255
  std::optional<Occluder> occluder;
};

// Samples the augmentation of one image; the identity if disabled.
Augmentation sample_augmentation(const AugmentationConfig& config, Seed seed);

}  // namespace interprior
