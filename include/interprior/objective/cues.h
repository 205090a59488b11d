#pragma once
#include "interprior/base/config/config.h"
#include "interprior/base/seed.h"
#include "interprior/objective/sampler_loss.h"

// Cues H, M and tau computed from posed hands instead of predicted from an image. The cue stage trains fusion and sampling on
// these cues (docs/conventions.md, How the sampler is trained).
namespace interprior {

// Simulated detector noise: jitter and blur of the same scale s. The blur models the posterior mean, which a detector trained
// with squared error or cross entropy predicts.
struct CueNoiseConfig {
  double blur = 0.06, missing = 0.1, swapped = 0.3, tau = 0.01;
  void describe(Fields& fields) {
    fields("blur", blur, "scale of jitter and blur per sample, uniform from 0 to this, fractions of the crop", {0, 1});
    fields("missing", missing, "share of joints without a map per sample, uniform from 0 to this", {0, 1});
    fields("swapped", swapped, "share of samples in which right and left are mixed, by a random degree", {0, 1});
    fields("tau", tau, "standard deviation of tau's error, m", {0, 1});
  }
};

// Hands placed in front of a crop's camera.
struct PlacedHands {
  torch::Tensor root_in_camera;  // (B,3) m
  Camera camera;                 // of the crop
};

// Distance uniform from 0.7 to 1.4 m. The vertices' bounding square fills 0.8 of the crop, as in crops of images; `jitter`
// (fractions) varies its size and position.
PlacedHands place_before_camera(const PerHand<HandMesh>& mesh, int64_t crop_size, double jitter, RowSeed seed);

// Visible part of each hand (B,2,G,G), 0 or 1: in each cell, the hand with the nearest point is visible. Points (B,2,P,3; camera
// frame, m) must be dense: vertices and face centres suffice up to a grid of 64.
torch::Tensor splatted_masks(const torch::Tensor& points_in_camera, const Camera& camera, int64_t crop_size, int64_t grid);

// Ground-truth cues with simulated detector noise. F is undefined, as there is no image.
Features computed_cues(const CueNoiseConfig& noise, const SamplerConfig& model, const SamplerTruth& truth, RowSeed seed);

}  // namespace interprior
