#pragma once
#include <filesystem>

#include "interprior/interaction/interaction_synthesis.h"
#include "interprior/interaction/variety.h"

namespace interprior {

struct ImageSynthesisConfig {
  int64_t count = 1000;     // pictures, all splits together
  int64_t patterns = 0;     // distinct interactions; 0: one a picture
  double hand_variety = 0;  // 0..1, as of InteractionSynthesisConfig
  double views = 180;       // degrees
  int64_t seed = 0;
  int64_t threads = 0;
  int64_t width = 334, height = 512;
  VarietyConfig variety;  // how much the pictures vary; labels are as exact for any
};

// Renders procedural interactions and writes an InterHand2.6M root: images/SPLIT/CaptureN/SEQ/camC/imageF.jpg and the four
// annotation files per split (data, camera, joint_3d, MANO_NeuralAnnot), with its units, orders and defects of none.
// Held-out splits hold held-out patterns. Written under a temporary name and renamed: a broken run leaves nothing behind.
// Throws Error when `root` exists and is not empty.
void synthesize_images(const std::filesystem::path& root, const HandModel& hand, const ImageSynthesisConfig& config);

}  // namespace interprior
