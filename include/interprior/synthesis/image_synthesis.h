#pragma once
#include <filesystem>

#include "interprior/interaction/interaction_synthesis.h"
#include "interprior/interaction/variety.h"

namespace interprior {

struct ImageSynthesisConfig {
  int64_t count = 1000;     // images in all splits
  int64_t patterns = 0;     // distinct interactions; 0: one per image
  double hand_variety = 0;  // 0..1, as in InteractionSynthesisConfig
  double views = 180;       // degrees
  int64_t seed = 0;
  int64_t threads = 0;
  int64_t width = 334, height = 512;
  VarietyConfig variety;  // image variation; labels are exact for any value
};

// Renders procedural interactions and writes an InterHand2.6M root: images/SPLIT/CaptureN/SEQ/camC/imageF.jpg and the four
// annotation files per split (data, camera, joint_3d, MANO_NeuralAnnot), in its units and orders. The splits have disjoint
// patterns. The root is written under a temporary name and renamed at the end, so an interrupted run leaves no root.
// Throws Error when `root` exists and is not empty.
void synthesize_images(const std::filesystem::path& root, const HandModel& hand, const ImageSynthesisConfig& config);

}  // namespace interprior
