#include "fit_state.h"

#include <ATen/ops/_make_dual.h>
#include <ATen/ops/_unpack_dual.h>
#include <torch/csrc/autograd/forward_grad.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "interprior/base/full_precision.h"

namespace interprior {
namespace {

constexpr int64_t kFingers = 180, kShapes = 20, kTurn = 6, kPlace = 3;

// Fingers, shape, R_rel and t_rel of a state, each with one number.
torch::Tensor by_part(double fingers, double shape, double turn, double place) {
  return torch::cat({torch::full({kFingers}, fingers, torch::kFloat64), torch::full({kShapes}, shape, torch::kFloat64),
                     torch::full({kTurn}, turn, torch::kFloat64), torch::full({kPlace}, place, torch::kFloat64)});
}

// Forward-mode derivative of `function` (N,I) -> (N,O) at (B,I): values (B,O) and (B,O,I).
template <class Function>
std::pair<torch::Tensor, torch::Tensor> with_derivative(const Function& function, const torch::Tensor& at) {
  const int64_t batch = at.size(0), inputs = at.size(1);
  const torch::Tensor rows = at.repeat_interleave(inputs, 0), directions = torch::eye(inputs, at.options()).repeat({batch, 1});
  const uint64_t level = torch::autograd::ForwardADLevel::get_next_idx();
  torch::Tensor value, slope;
  try {
    std::tie(value, slope) = at::_unpack_dual(function(at::_make_dual(rows, directions, level)), level);
  } catch (...) {
    torch::autograd::ForwardADLevel::release_idx(level);
    throw;
  }
  value = value.slice(0, 0, at::indexing::None, inputs).clone();
  slope = slope.unflatten(0, {batch, inputs}).transpose(1, 2).clone();
  torch::autograd::ForwardADLevel::release_idx(level);
  return {value, slope};
}

}  // namespace

StatePrior::StatePrior(InteractionPrior prior, FitPrior kind, torch::Device device)
    : prior_(std::move(prior)), kind_(kind), device_(device) {
  const auto buffers = prior_->named_buffers();
  mean_ = buffers["state_mean"].to(device, torch::kFloat64);
  deviation_ = buffers["state_deviation"].to(device, torch::kFloat64);
  if (kind == FitPrior::residual) spread_ = by_part(0.5, 0.3, 0.2, 0.1).to(device) * deviation_;
  if (kind == FitPrior::none) spread_ = by_part(0.4, 1, 1, 0.2).to(device);
}

int64_t StatePrior::leading() const { return kind_ == FitPrior::residual ? prior_->config().latent : size(); }

int64_t StatePrior::size() const {
  switch (kind_) {
    case FitPrior::code:
      return prior_->config().latent;
    case FitPrior::residual:
      return prior_->config().latent + kStateSize;
    case FitPrior::gaussian:
    case FitPrior::none:
      break;
  }
  return kStateSize;
}

MovingState StatePrior::of_latent(const torch::Tensor& noise) const {
  const torch::AutoGradMode no_backward(false);
  const auto [state, by_noise] = with_derivative(
      [&](const torch::Tensor& w) { return prior_->decode_state(prior_->from_aggregate(w)); }, noise.to(torch::kFloat32));
  return {state.to(torch::kFloat64), by_noise.to(torch::kFloat64)};
}

MovingState StatePrior::operator()(const torch::Tensor& code) const {
  const FullPrecision full_precision;
  const int64_t batch = code.size(0);
  switch (kind_) {
    case FitPrior::code:
      return of_latent(code);
    case FitPrior::residual: {
      const int64_t latent = leading();
      const MovingState likely = of_latent(code.slice(1, 0, latent));
      const torch::Tensor residual = torch::diag(spread_).expand({batch, kStateSize, kStateSize});
      return {likely.state + code.slice(1, latent) * spread_, torch::cat({likely.by_code, residual}, 2)};
    }
    case FitPrior::gaussian: {
      const torch::Tensor state = prior_->gaussian_state(code.to(torch::kFloat32)).to(torch::kFloat64);
      const torch::Tensor origin = prior_->gaussian_state(torch::zeros({1, kStateSize}, state.options().dtype(torch::kFloat32)));
      const torch::Tensor columns = prior_->gaussian_state(torch::eye(kStateSize, origin.options())) - origin;
      return {state, columns.t().to(torch::kFloat64).expand({batch, kStateSize, kStateSize})};
    }
    case FitPrior::none:
      break;
  }
  return {mean_ + code * spread_, torch::diag(spread_).expand({batch, kStateSize, kStateSize})};
}

torch::Tensor StatePrior::state(const torch::Tensor& code) const {
  const torch::NoGradGuard no_grad;
  if (kind_ == FitPrior::gaussian) return prior_->gaussian_state(code.to(torch::kFloat32)).to(torch::kFloat64);
  if (kind_ == FitPrior::none) return mean_ + code * spread_;
  const torch::Tensor noise = code.slice(1, 0, leading()).to(torch::kFloat32);
  const torch::Tensor likely = prior_->decode_state(prior_->from_aggregate(noise)).to(torch::kFloat64);
  return kind_ == FitPrior::residual ? likely + code.slice(1, leading()) * spread_ : likely;
}

torch::Tensor StatePrior::draw(int64_t count, Seed seed) const {
  const torch::NoGradGuard no_grad;
  const int64_t numbers = kind_ == FitPrior::gaussian ? kStateSize : prior_->config().latent;
  const torch::Tensor noise = normal_tensor({count, numbers}, seed, device_);
  if (kind_ == FitPrior::residual)
    return torch::cat({noise, torch::zeros({count, kStateSize}, noise.options())}, 1).to(torch::kFloat64);
  if (kind_ == FitPrior::none) return (prior_->decode_state(prior_->from_aggregate(noise)).to(torch::kFloat64) - mean_) / spread_;
  return noise.to(torch::kFloat64);
}

}  // namespace interprior
