#pragma once
#include <vector>

#include "fit_energy.h"

namespace interprior {

// One pair's keypoints in a camera whose axis passes through the centre of their box, on the CPU.
struct Observed {
  FitObservations rows;            // one row
  torch::Tensor crop_from_camera;  // (3,3) rotation
  torch::Tensor pixels, seen;      // (42,2) px of the image, (42) bool
  Pinhole camera;
  int64_t joints_seen = 0;
  Box box;  // px

  // Distance of each keypoint from the projection of its joint (42,3), px; NaN without a keypoint.
  torch::Tensor pixel_distances(const torch::Tensor& joints_in_camera) const;
};

// sigma: standard deviation of a keypoint, as a fraction of the box's longer side. Throws Error if the keypoints are outside the
// image.
Observed observed_from(const FitTarget& target, double sigma);
FitObservations batch_of(const std::vector<Observed>& observed, torch::Device device);
FitObservations exchanged(const FitObservations& seen);  // swaps right and left

}  // namespace interprior
