#pragma once
#include "fit_energy.h"

namespace interprior {

// A library of prior samples under random views, from which a pair's initial views are retrieved.
class FitStarts {
 public:
  FitStarts(const StatePrior& prior, const PairJointModel& joints, int64_t library, Seed seed, torch::Device device);

  // B * count starts, pair by pair, best first: those whose orthographic joints are most similar to the points after the
  // best-fitting similarity in the image. Views of one pair differ by more than 30 degrees if there are enough.
  FitPoint operator()(const FitObservations& observations, int64_t count) const;

 private:
  torch::Tensor code_;      // (L,U)
  torch::Tensor rotation_;  // (L,3,3) of the right wrist
  torch::Tensor joints_;    // (L,42,3) m, rotated, relative to the right wrist
};

}  // namespace interprior
