#pragma once
#include <vector>

#include "fit_energy.h"

namespace interprior {

struct Solution {
  FitPoint point;
  FitModel model;  // there
};
inline Solution rows(const Solution& solution, const torch::Tensor& index) {
  return {rows(solution.point, index), rows(solution.model, index)};
}

Solution joined(const std::vector<Solution>& parts);

// Levenberg-Marquardt (Marquardt 1963) of B fits side by side, at most so many steps; a fit that has converged stands still.
// Never ends above the energy of its start.
Solution minimised(const FitEnergy& energy, FitPoint start, const FitObservations& seen, int64_t steps);

// The step (B,U+6) to the minimum of the model where its curvature's diagonal is (1 + damping) times larger; damping (B). Zero
// where it cannot be had.
torch::Tensor damped_step(const FitModel& model, const FitPoint& point, const torch::Tensor& damping);

// The inverse of the curvature of Gauss and Newton's model of B fits: (B,U+6,U+6).
torch::Tensor covariance(const FitModel& model);

// The standard deviation (B) of points that their residuals at a minimum speak for, given the present one: their weighted sum of
// squares over the numbers of points less those that determine the step's numbers (MacKay 1992, "Bayesian interpolation").
torch::Tensor estimated_sigma(const FitModel& model, const torch::Tensor& sigma);

}  // namespace interprior
