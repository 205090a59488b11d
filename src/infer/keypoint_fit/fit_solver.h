#pragma once
#include <vector>

#include "fit_energy.h"

namespace interprior {

struct Solution {
  FitPoint point;
  FitModel model;  // at `point`
};
inline Solution rows(const Solution& solution, const torch::Tensor& index) {
  return {rows(solution.point, index), rows(solution.model, index)};
}

Solution joined(const std::vector<Solution>& parts);

// Batched Levenberg-Marquardt (Marquardt 1963) of B fits with at most `steps` steps; converged fits are skipped. The final energy
// never exceeds the initial one.
Solution minimised(const FitEnergy& energy, FitPoint start, const FitObservations& observations, int64_t steps);

// The step (B,U+6) to the minimum of the model with its curvature's diagonal scaled by 1 + damping (B). Zero if the factorisation
// fails.
torch::Tensor damped_step(const FitModel& model, const FitPoint& point, const torch::Tensor& damping);

// The inverse Gauss-Newton curvature of B fits: (B,U+6,U+6).
torch::Tensor covariance(const FitModel& model);

// Re-estimated standard deviation (B) of points from their residuals at a minimum, given the current one: their weighted sum of
// squares over the effective number of points minus that of determined parameters (MacKay 1992, "Bayesian interpolation").
torch::Tensor estimated_sigma(const FitModel& model, const torch::Tensor& sigma);

}  // namespace interprior
