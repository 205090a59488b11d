#include "fit_solver.h"

#include <ATen/ops/linalg_cholesky_ex.h>
#include <torch/types.h>

namespace interprior {
namespace {

constexpr double kFirstDamping = 1e-2, kMinDamping = 1e-9, kMaxDamping = 1e6;
constexpr double kLeast = 1e-9;                    // added to a diagonal against singularity
constexpr double kConverged = 1e-3;                // relative decrease of the energy
constexpr double kMaxTurn = 0.5, kMaxPlace = 0.3;  // rad; unit of FitPoint::place: range of the linear camera model

// Shortens a step that rotates or moves the hands too far.
torch::Tensor shortened(const torch::Tensor& step) {
  const int64_t size = step.size(1) - 6;
  const torch::Tensor turn = step.slice(1, size, size + 3).norm(2, {1}), place = step.slice(1, size + 3).abs().amax(1);
  const torch::Tensor excess = torch::max(turn / kMaxTurn, place / kMaxPlace).clamp_min(1);
  return step / excess.unsqueeze(1);
}

torch::Tensor times(const torch::Tensor& matrix, const torch::Tensor& vector) {  // (B,N,K), (B,K)
  return torch::matmul(matrix, vector.unsqueeze(2)).squeeze(2);
}

template <class Rows, size_t N>
void put(Rows& into, const torch::Tensor& index, const Rows& from, const std::array<torch::Tensor Rows::*, N>& members) {
  for (const auto member : members) (into.*member).index_copy_(0, index, from.*member);
}

}  // namespace

// J and R are the Jacobians by the leading numbers and by the rest. The curvature of the rest is R^T R plus a diagonal: it is
// eliminated by the Woodbury identity in the space of the M residuals, which are fewer.
torch::Tensor damped_step(const FitModel& model, const FitPoint& point, const torch::Tensor& damping) {
  const torch::Tensor &J = model.by_leading, &R = model.by_rest;
  const int64_t leading = J.size(2) - 6, rest = R.size(2);
  const torch::Tensor strength = damping.unsqueeze(1);
  const torch::Tensor code = torch::constant_pad_nd(point.code.slice(1, 0, leading), {0, 6});
  const torch::Tensor precision = torch::cat({torch::ones({leading}, J.options()), torch::zeros({6}, J.options())});
  const torch::Tensor added = precision + strength * (precision + J.square().sum(1)) + kLeast;
  torch::Tensor slope = times(J.transpose(1, 2), model.residual) + code, curvature;
  torch::Tensor scaled, inner, rest_slope;
  if (rest > 0) {
    const torch::Tensor own = 1 + strength * (1 + R.square().sum(1));
    rest_slope = times(R.transpose(1, 2), model.residual) + point.code.slice(1, leading);
    scaled = R / own.unsqueeze(1);
    inner = torch::matmul(scaled, R.transpose(1, 2));
    inner.diagonal(0, 1, 2).add_(1);
    inner = std::get<0>(at::linalg_cholesky_ex(inner));
    const torch::Tensor solved = torch::cholesky_solve(torch::cat({J, times(scaled, rest_slope).unsqueeze(2)}, 2), inner);
    curvature = torch::matmul(J.transpose(1, 2), solved.slice(2, 0, leading + 6));
    slope = slope - times(J.transpose(1, 2), solved.select(2, leading + 6));
    rest_slope = rest_slope / own;
  } else {
    curvature = torch::matmul(J.transpose(1, 2), J);
  }
  curvature.diagonal(0, 1, 2).add_(added);
  const auto [factor, failed] = at::linalg_cholesky_ex(curvature);
  torch::Tensor step = -torch::cholesky_solve(slope.unsqueeze(2), factor).squeeze(2), by_rest = point.code.slice(1, leading);
  if (rest > 0) {
    // q / own with the rest's gradient q = g + R^T J step, and the Woodbury correction.
    const torch::Tensor moved = times(J, step);
    const torch::Tensor plain = rest_slope + times(scaled.transpose(1, 2), moved);
    by_rest = -(plain - times(scaled.transpose(1, 2), torch::cholesky_solve(times(R, plain).unsqueeze(2), inner).squeeze(2)));
  }
  step = in_step_order(step, by_rest);
  const torch::Tensor usable = (failed == 0) & step.isfinite().all(1);
  return torch::where(usable.unsqueeze(1), step, torch::zeros_like(step));
}

Solution joined(const std::vector<Solution>& parts) {
  Solution whole;
  const auto join = [&](auto rows_of_solution, const auto& members) {
    for (const auto member : members) {
      std::vector<torch::Tensor> all;
      for (const Solution& part : parts) all.push_back(part.*rows_of_solution.*member);
      whole.*rows_of_solution.*member = torch::cat(all);
    }
  };
  join(&Solution::point, kPointTensors);
  join(&Solution::model, kModelTensors);
  return whole;
}

Solution minimised(const FitEnergy& energy, FitPoint start, const FitObservations& observations, int64_t steps) {
  Solution all{start, energy(start, observations)};
  for (const auto member : kPointTensors) all.point.*member = (all.point.*member).clone();
  torch::Tensor damping = torch::full_like(all.model.energy, kFirstDamping);
  torch::Tensor open = torch::arange(start.code.size(0), torch::kInt64).to(start.code.device());
  for (int64_t i = 0; i < steps && open.size(0) > 0; ++i) {
    const Solution here = rows(all, open);
    const torch::Tensor now = damping.index_select(0, open);
    const FitPoint point = moved(here.point, shortened(damped_step(here.model, here.point, now)));
    const Solution there{point, energy(point, rows(observations, open))};
    const torch::Tensor better = there.model.energy < here.model.energy;  // false if not finite
    const torch::Tensor next = torch::where(better, now / 5, now * 6);
    const torch::Tensor still = better & (here.model.energy - there.model.energy < kConverged * here.model.energy);
    const torch::Tensor taken = better.nonzero().squeeze(1), into = open.index_select(0, taken);
    put(all.point, into, rows(there.point, taken), kPointTensors);
    put(all.model, into, rows(there.model, taken), kModelTensors);
    damping = damping.index_copy(0, open, next.clamp_min(kMinDamping));
    open = open.index_select(0, (still | (next > kMaxDamping)).logical_not().nonzero().squeeze(1));
  }
  return all;
}

torch::Tensor covariance(const FitModel& model) {
  const torch::Tensor rows = in_step_order(model.by_leading, model.by_rest);
  torch::Tensor curvature = torch::matmul(rows.transpose(1, 2), rows);
  curvature.diagonal(0, 1, 2).add_(kLeast);
  curvature.diagonal(0, 1, 2).slice(1, 0, rows.size(2) - 6).add_(1);
  return torch::cholesky_inverse(std::get<0>(at::linalg_cholesky_ex(curvature)));
}

torch::Tensor estimated_sigma(const FitModel& model, const torch::Tensor& sigma) {
  const torch::Tensor posterior_covariance = covariance(model);
  const int64_t numbers = posterior_covariance.size(1);
  const torch::Tensor determined = numbers - posterior_covariance.diagonal(0, 1, 2).slice(1, 0, numbers - 6).sum(1);
  return sigma * (model.square / (model.count - determined).clamp_min(2)).sqrt();
}

}  // namespace interprior
