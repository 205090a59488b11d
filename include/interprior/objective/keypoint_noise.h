#pragma once
#include "interprior/base/config/config.h"
#include "interprior/base/seed.h"
#include "interprior/objective/keypoint_cues.h"

namespace interprior {

// Simulated errors of a keypoint detector.
struct KeypointNoiseConfig {
  double off = 0.03, missing = 0.2, hidden = 0.6, wrong = 0.1, exchanged = 0.15, absent = 0.1;
  void describe(Fields& fields) {
    fields("off", off,
           "standard deviation of position errors per sample, uniform from 0 to this, of the longer side of the joints' box",
           {0, 1});
    fields("missing", missing, "share of joints not found per sample, uniform from 0 to this", {0, 1});
    fields("hidden", hidden, "the same for occluded joints, in addition", {0, 1});
    fields("wrong", wrong, "share of joints found on another joint or anywhere near, per sample, uniform from 0 to this", {0, 1});
    fields("exchanged", exchanged, "share of samples in which single fingers are swapped between right and left", {0, 1});
    fields("absent", absent, "share of samples in which one hand is not found at all", {0, 1});
  }
};

// Simulated detections of joints (B,42,2) px; visible (B,42) bool: joints that are not occluded. A hand with fewer than
// kMinFound found joints counts as not found; where this applies to both hands, every joint is found.
FoundJoints detected(const KeypointNoiseConfig& noise, const torch::Tensor& joints_in_image, const torch::Tensor& visible,
                     RowSeed seed);

}  // namespace interprior
