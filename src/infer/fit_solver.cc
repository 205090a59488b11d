#include "fit_solver.h"

#include <ATen/ops/linalg_cholesky_ex.h>
#include <torch/types.h>

namespace interprior {
namespace {

constexpr double kFirstDamping = 1e-2, kLeastDamping = 1e-9, kMostDamping = 1e6;
constexpr double kConverged = 1e-5;                        // of the energy
constexpr double kLongestTurn = 0.5, kLongestPlace = 0.3;  // rad; a place's unit: a model of cameras holds no farther

// A step that turns or moves the hands far is shortened as a whole.
torch::Tensor shortened(const torch::Tensor& step) {
  const int64_t size = step.size(1) - 6;
  const torch::Tensor turn = step.slice(1, size, size + 3).norm(2, {1}), place = step.slice(1, size + 3).abs().amax(1);
  const torch::Tensor excess = torch::max(turn / kLongestTurn, place / kLongestPlace).clamp_min(1);
  return step / excess.unsqueeze(1);
}

torch::Tensor damped_step(const FitModel& model, const torch::Tensor& damping) {
  torch::Tensor curvature = model.curvature.clone();
  curvature.diagonal(0, 1, 2).mul_(1 + damping.unsqueeze(1)).add_(1e-9);
  const auto [factor, failed] = at::linalg_cholesky_ex(curvature);
  const torch::Tensor step = -torch::cholesky_solve(model.slope.unsqueeze(2), factor).squeeze(2);
  const torch::Tensor usable = (failed == 0) & step.isfinite().all(1);
  return shortened(torch::where(usable.unsqueeze(1), step, torch::zeros_like(step)));
}

// Rows of a where (B) holds, else of b.
template <class Rows, size_t N>
Rows chosen(const torch::Tensor& where, const Rows& a, const Rows& b, const std::array<torch::Tensor Rows::*, N>& members) {
  Rows result;
  for (const auto member : members) {
    std::vector<int64_t> shape(static_cast<size_t>((a.*member).dim()), 1);
    shape[0] = where.size(0);
    result.*member = torch::where(where.view(shape), a.*member, b.*member);
  }
  return result;
}

template <class Rows, size_t N>
void put(Rows& into, const torch::Tensor& index, const Rows& from, const std::array<torch::Tensor Rows::*, N>& members) {
  for (const auto member : members) (into.*member).index_copy_(0, index, from.*member);
}

}  // namespace

Solution minimised(const FitEnergy& energy, FitPoint start, const FitObservations& seen, int64_t steps) {
  Solution all{start, energy(start, seen)};
  for (const auto member : kPointTensors) all.point.*member = (all.point.*member).clone();
  torch::Tensor damping = torch::full_like(all.model.energy, kFirstDamping);
  torch::Tensor open = torch::arange(start.code.size(0), torch::kInt64).to(start.code.device());
  for (int64_t i = 0; i < steps && open.size(0) > 0; ++i) {
    const Solution here = rows(all, open);
    const torch::Tensor now = damping.index_select(0, open);
    const FitPoint point = moved(here.point, damped_step(here.model, now));
    const Solution there{point, energy(point, rows(seen, open))};
    const torch::Tensor better = there.model.energy < here.model.energy;  // false where it is not finite
    const torch::Tensor next = torch::where(better, now / 5, now * 6);
    const torch::Tensor still = better & (here.model.energy - there.model.energy < kConverged * here.model.energy);
    put(all.point, open, chosen(better, there.point, here.point, kPointTensors), kPointTensors);
    put(all.model, open, chosen(better, there.model, here.model, kModelTensors), kModelTensors);
    damping = damping.index_copy(0, open, next.clamp_min(kLeastDamping));
    open = open.index_select(0, (still | (next > kMostDamping)).logical_not().nonzero().squeeze(1));
  }
  return all;
}

torch::Tensor covariance(const FitModel& model) {
  torch::Tensor curvature = model.curvature.clone();
  curvature.diagonal(0, 1, 2).add_(1e-9);
  return torch::cholesky_inverse(std::get<0>(at::linalg_cholesky_ex(curvature)));
}

torch::Tensor estimated_sigma(const FitModel& model, const torch::Tensor& sigma) {
  const int64_t numbers = model.slope.size(1), code = numbers - 6;
  const torch::Tensor determined = numbers - covariance(model).diagonal(0, 1, 2).slice(1, 0, code).sum(1);
  return sigma * (model.square / (model.count - determined).clamp_min(2)).sqrt();
}

}  // namespace interprior
