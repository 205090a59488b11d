#include "fit_penetration.h"

#include <ATen/ops/linalg_cholesky_ex.h>
#include <torch/autograd.h>
#include <torch/types.h>

#include "interprior/hand/contact.h"

namespace interprior {
namespace {

constexpr int kSteps = 20;
constexpr double kAllowedDepth = 0.0008;  // m
constexpr double kSolved = 1e-8;          // m^2: a tenth of a millimetre, squared
constexpr double kLongestStep = 1;        // standard deviations of the posterior

// m^2 (B), and its slope by the state (B,209).
std::pair<torch::Tensor, torch::Tensor> overlap_of(const torch::Tensor& state, Anchor anchor, const TwoHands& hands) {
  const torch::AutoGradMode with_gradient(true);
  const torch::Tensor here = state.detach().to(torch::kFloat32).requires_grad_(true);
  const Interaction interaction = interaction_from_state(here, hands, anchor);
  const torch::Tensor upright = torch::eye(3, here.options()).expand_as(interaction.left_from_right);
  const torch::Tensor overlap = surface_tension(hands(pose_from(interaction, upright)), hands, kAllowedDepth).overlap;
  const torch::Tensor slope = torch::autograd::grad({overlap.sum()}, {here}, {}, std::nullopt, false, /*allow_unused=*/true)[0];
  return {overlap.detach().to(torch::kFloat64), (slope.defined() ? slope : torch::zeros_like(here)).to(torch::kFloat64)};
}

}  // namespace

Solution resolved(const FitEnergy& energy, const Solution& solution, const FitObservations& seen, const torch::Tensor& both,
                  const StatePrior& prior, Anchor anchor, const TwoHands& hands) {
  FitPoint point = solution.point;
  const torch::Tensor before = overlap_of(prior.state(point.code), anchor, hands).first;
  torch::Tensor open = (both & (before > kSolved)).nonzero().squeeze(1);
  if (open.size(0) == 0) return solution;
  const torch::Tensor touched = open;
  torch::Tensor curvature = solution.model.curvature.clone();
  curvature.diagonal(0, 1, 2).add_(1e-9);
  const torch::Tensor factor = std::get<0>(at::linalg_cholesky_ex(curvature));
  for (const auto member : kPointTensors) point.*member = (point.*member).clone();
  for (int i = 0; i < kSteps && open.size(0) > 0; ++i) {
    const FitPoint some = rows(point, open);
    const MovingState state = prior(some.code);
    const auto [overlap, by_state] = overlap_of(state.state, anchor, hands);
    const torch::Tensor by_code = torch::matmul(state.by_code.transpose(1, 2), by_state.unsqueeze(2)).squeeze(2);
    const torch::Tensor slope = torch::cat({by_code, torch::zeros({by_code.size(0), 6}, by_code.options())}, 1);
    const torch::Tensor way = torch::cholesky_solve(slope.unsqueeze(2), factor.index_select(0, open)).squeeze(2);
    const torch::Tensor length = (slope * way).sum(1).clamp_min(1e-30);  // squared, of the slope in the metric
    const torch::Tensor polyak = torch::min(overlap / length, kLongestStep / length.sqrt());
    const FitPoint next = moved(some, -way * (polyak * (overlap > kSolved)).unsqueeze(1));
    for (const auto member : kPointTensors) (point.*member).index_copy_(0, open, next.*member);
    open = open.index_select(0, (overlap > kSolved).nonzero().squeeze(1));
  }
  Solution result{point, solution.model};
  const FitModel model = energy(rows(point, touched), rows(seen, touched));
  for (const auto member : kModelTensors) result.model.*member = (result.model.*member).index_copy(0, touched, model.*member);
  return result;
}

}  // namespace interprior
