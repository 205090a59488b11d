#pragma once
#include "fit_energy.h"

namespace interprior {

// Likely interactions under random views, among which the views that a pair's keypoints are seen under are looked up.
class FitStarts {
 public:
  FitStarts(const StatePrior& prior, const PairJointModel& joints, int64_t library, Seed seed, torch::Device device);

  // B * count starts, pair by pair, the best first: those whose joints, seen from far away, are most similar to the points
  // (turned in the image, scaled and shifted as fits best). Views of one pair differ by more than 30 degrees, where there are as
  // many.
  FitPoint operator()(const FitObservations& seen, int64_t count) const;

 private:
  torch::Tensor code_;      // (L,U)
  torch::Tensor rotation_;  // (L,3,3) of the right wrist
  torch::Tensor joints_;    // (L,42,3) m, turned, about the right wrist
};

}  // namespace interprior
