#pragma once
#include "interprior/base/config/config.h"
#include "interprior/base/seed.h"
#include "interprior/objective/sampler_loss.h"

// Cues H, M and tau computed from posed hands instead of seen in a picture (docs/conventions.md, How the sampler is trained).
namespace interprior {

// How a detector errs. One that is unsure by s shows the truth at a place off by about s, smeared by s: the mean of what it
// deems possible, which is what squared error and cross entropy teach it to draw.
struct CueNoiseConfig {
  double blur = 0.06, missing = 0.1, swapped = 0.3, tau = 0.01;
  void describe(Fields& fields) {
    fields("blur", blur, "a sample's uncertainty of places is drawn from 0 to this, fractions of the crop", {0, 1});
    fields("missing", missing, "a sample's share of joints without a map is drawn from 0 to this", {0, 1});
    fields("swapped", swapped, "share of samples in which right and left are mixed up, by any degree", {0, 1});
    fields("tau", tau, "error of tau, m, standard deviation", {0, 1});
  }
};

// Hands placed before a crop's camera as a crop of them would show them.
struct PlacedHands {
  torch::Tensor root_in_camera;  // (B,3) m
  Camera camera;                 // of the crop
};

// Distance drawn from 0.7 to 1.4 m, the vertices' square filling 0.8 of the crop as crops of images have it, with `jitter`
// (fractions) of size and place.
PlacedHands place_before_camera(const PerHand<HandMesh>& mesh, int64_t crop_size, double jitter, RowSeed seed);

// Visible part of each hand (B,2,G,G), 0 or 1: the nearest of its points (B,2,P,3; camera frame, m) in each cell wins. Dense
// points are needed: vertices and the middles of faces do up to a grid of 64.
torch::Tensor splatted_masks(const torch::Tensor& points_in_camera, const Camera& camera, int64_t crop_size, int64_t grid);

// What an unsure detector would say of the truth. F is zero: no picture was seen.
Features computed_cues(const CueNoiseConfig& noise, const SamplerConfig& model, const SamplerTruth& truth, RowSeed seed);

}  // namespace interprior
