#pragma once
#include <vector>

#include "fit_energy.h"

namespace interprior {

// One pair's keypoints in a camera whose axis passes through the middle of their box, on the CPU.
struct Observed {
  FitObservations rows;            // one row
  torch::Tensor crop_from_camera;  // (3,3) rotation
  torch::Tensor pixels, seen;      // (42,2) px of the picture, (42) bool
  Pinhole camera;
  int64_t joints_seen = 0;
  Box box;  // px

  // From each keypoint to the projection of its joint (42,3), px; NaN where it was not seen.
  torch::Tensor pixel_distances(const torch::Tensor& joints_in_camera) const;
};

// sigma: standard deviation of a keypoint, of the box's longer side. Throws Error when the keypoints lie outside the picture.
Observed observed_from(const FitTarget& target, double sigma);
FitObservations batch_of(const std::vector<Observed>& observed, torch::Device device);
FitObservations exchanged(const FitObservations& seen);  // right and left

}  // namespace interprior
