#pragma once
#include "interprior/base/config/config.h"
#include "interprior/base/seed.h"
#include "interprior/objective/keypoint_cues.h"

namespace interprior {

// How a keypoint detector errs. Each share differs from sample to sample, from 0 to the number given.
struct KeypointNoiseConfig {
  double off = 0.03, missing = 0.2, hidden = 0.6, wrong = 0.1, exchanged = 0.15, absent = 0.1;
  void describe(Fields& fields) {
    fields("off", off,
           "a sample's error of places, standard deviation, is drawn from 0 to this, of the longer side of the joints' box",
           {0, 1});
    fields("missing", missing, "a sample's share of joints that are not found is drawn from 0 to this", {0, 1});
    fields("hidden", hidden, "the same of joints behind a surface, in addition", {0, 1});
    fields("wrong", wrong, "a sample's share of joints found on another joint, or anywhere near, is drawn from 0 to this",
           {0, 1});
    fields("exchanged", exchanged, "share of samples in which single fingers are exchanged between right and left", {0, 1});
    fields("absent", absent, "share of samples in which one hand is not found at all", {0, 1});
  }
};

// What a detector would find of joints (B,42,2) px, visible (B,42) bool: joints that no surface hides. Hands of fewer than
// kFewestFound joints have none; where both hands would have none, every joint is found.
FoundJoints detected(const KeypointNoiseConfig& noise, const torch::Tensor& joints_in_image, const torch::Tensor& visible,
                     RowSeed seed);

}  // namespace interprior
