#include "fit_minima.h"

#include <torch/types.h>

namespace interprior {
namespace {

constexpr int64_t kScreeningSteps = 5, kFitSteps = 25, kSigmaSteps = 8;
constexpr int64_t kSigmaUpdates = 2;
constexpr double kMinSigma = 0.15, kMaxSigma = 1.5;  // relative to the initial sigma

}  // namespace

torch::Tensor best_of_groups(const torch::Tensor& energy, int64_t groups, int64_t kept) {
  const torch::Tensor by_group = torch::nan_to_num(energy, 1e300, 1e300, 1e300).view({groups, -1});
  const torch::Tensor order = std::get<1>(by_group.sort(/*stable=*/true, 1, false)).slice(1, 0, kept);
  return (order + torch::arange(groups, order.options()).unsqueeze(1) * by_group.size(1)).flatten();
}

torch::Tensor each_repeated(int64_t rows, int64_t times, torch::Device device) {
  return torch::arange(rows, torch::kInt64).repeat_interleave(times).to(device);
}

FitMinima::FitMinima(const InteractionPrior& network, const HandModel& hand, torch::Device device, const FitOptions& options)
    : options_(options),
      device_(device),
      prior_(network, options.prior, device),
      joints_(hand, network->config().anchor, device),
      starts_(prior_, joints_, options.library, Seed{options.seed}.derive("fit"), device) {}

Minima FitMinima::operator()(const FitObservations& observations, int64_t tried, int64_t kept,
                             const std::optional<FitPoint>& more) const {
  const int64_t batch = observations.point.size(0);
  FitPoint starts = starts_(observations, tried);
  if (more) {
    const torch::Tensor index = torch::arange(batch * (tried + 1), torch::kInt64).to(device_);
    for (const auto member : kPointTensors) starts.*member = torch::cat({starts.*member, (*more).*member});
    const torch::Tensor of_library = index.slice(0, 0, batch * tried).view({batch, tried});
    starts = rows(starts, torch::cat({of_library, index.slice(0, batch * tried).unsqueeze(1)}, 1).flatten());
    ++tried;
  }
  const FitEnergy through(prior_, joints_, options_.joint_sigma, FitStage::far);
  const Solution screened = minimised(through, starts, rows(observations, each_repeated(batch, tried, device_)), kScreeningSteps);
  const torch::Tensor promising = best_of_groups(screened.model.energy, batch, kept);
  FitObservations repeated = rows(observations, each_repeated(batch, kept, device_));
  Solution solution = minimised(through, rows(screened.point, promising), repeated, kFitSteps);
  torch::Tensor sigma = observations.sigma;
  for (int64_t i = 0; i < kSigmaUpdates; ++i) {
    // One sigma for all minima of a pair, from the best one; otherwise their energies would not be comparable.
    const torch::Tensor best = best_of_groups(solution.model.energy, batch, 1);
    sigma = estimated_sigma(rows(solution.model, best), sigma);
    sigma = torch::min(torch::max(sigma, kMinSigma * observations.sigma), kMaxSigma * observations.sigma);
    repeated.sigma = sigma.repeat_interleave(kept);
    solution = minimised(energy(), solution.point, repeated, kSigmaSteps);
  }
  return {rows(solution, best_of_groups(solution.model.energy, batch, kept)), sigma};
}

}  // namespace interprior
