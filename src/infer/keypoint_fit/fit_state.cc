#include "fit_state.h"

#include <torch/types.h>
#include <torch/utils.h>

#include "interprior/base/full_precision.h"

namespace interprior {
namespace {

// Standard deviation of the residual relative to the training states'. Its correlations are those of the states: both hands of a
// person have one size, which determines how far one is behind the other.
constexpr double kResidual = 0.6;
constexpr double kFlat = 1e-4;  // of the largest singular value: directions in which training states do not vary

// Standard deviations of fingers, shape, R_rel and t_rel of independent hands.
torch::Tensor stddev_of_single_hands() {
  return torch::cat({torch::full({180}, 0.4, torch::kFloat64), torch::full({20}, 1.0, torch::kFloat64),
                     torch::full({6}, 1.0, torch::kFloat64), torch::full({3}, 0.2, torch::kFloat64)});
}

}  // namespace

StatePrior::StatePrior(InteractionPrior prior, FitPrior kind, torch::Device device)
    : prior_(std::move(prior)), kind_(kind), device_(device) {
  const auto buffers = prior_->named_buffers();
  mean_ = buffers["state_mean"].to(device, torch::kFloat64);
  if (kind == FitPrior::none) stddev_ = stddev_of_single_hands().to(device);
  if (kind == FitPrior::gaussian || kind == FitPrior::residual) {
    const torch::NoGradGuard no_grad;
    const FullPrecision full_precision;
    const auto float32 = mean_.options().dtype(torch::kFloat32);
    const torch::Tensor origin = prior_->gaussian_state(torch::zeros({1, kStateSize}, float32));
    columns_ = (prior_->gaussian_state(torch::eye(kStateSize, float32)) - origin).t().to(torch::kFloat64);
    if (kind == FitPrior::residual) columns_ = kResidual * columns_;
    numbers_ = at::linalg_pinv(columns_, kFlat);
  }
}

int64_t StatePrior::leading() const {
  return kind_ == FitPrior::code || kind_ == FitPrior::residual ? prior_->config().latent : 0;
}

int64_t StatePrior::size() const { return leading() + (kind_ == FitPrior::code ? 0 : kStateSize); }

MovingState StatePrior::of_latent(const torch::Tensor& noise) const {
  const torch::NoGradGuard no_grad;
  const torch::Tensor value = noise.to(torch::kFloat32), axes = torch::eye(value.size(1), value.options());
  const WithTangents state = prior_->state_from_aggregate({value, axes.expand({value.size(0), -1, -1})});
  return {state.value.to(torch::kFloat64), state.tangents.transpose(1, 2).to(torch::kFloat64)};
}

MovingState StatePrior::operator()(const torch::Tensor& code) const {
  const FullPrecision full_precision;
  if (leading() == 0) return {state(code), torch::zeros({code.size(0), kStateSize, 0}, code.options())};
  MovingState moving = of_latent(code.slice(1, 0, leading()));
  if (kind_ == FitPrior::residual) moving.state = moving.state + torch::matmul(code.slice(1, leading()), columns_.t());
  return moving;
}

torch::Tensor StatePrior::by_rest(const torch::Tensor& by_state) const {
  if (kind_ == FitPrior::code) return by_state.slice(2, 0, 0);
  return kind_ == FitPrior::none ? by_state * stddev_ : torch::matmul(by_state, columns_);
}

torch::Tensor StatePrior::state(const torch::Tensor& code) const {
  const torch::NoGradGuard no_grad;
  if (kind_ == FitPrior::gaussian) return prior_->gaussian_state(code.to(torch::kFloat32)).to(torch::kFloat64);
  if (kind_ == FitPrior::none) return mean_ + code * stddev_;
  const torch::Tensor noise = code.slice(1, 0, leading()).to(torch::kFloat32);
  const torch::Tensor likely = prior_->decode_state(prior_->from_aggregate(noise)).to(torch::kFloat64);
  return kind_ == FitPrior::residual ? likely + torch::matmul(code.slice(1, leading()), columns_.t()) : likely;
}

torch::Tensor StatePrior::code_of(const torch::Tensor& state) const {
  const torch::NoGradGuard no_grad;
  const FullPrecision full_precision;
  if (kind_ == FitPrior::none) return (state - mean_) / stddev_;
  if (kind_ == FitPrior::gaussian) return torch::matmul(state - mean_, numbers_.t());
  const torch::Tensor z = prior_->encode_state(state.to(torch::kFloat32)).mean,
                      noise = prior_->to_aggregate(z).to(torch::kFloat64);
  if (kind_ == FitPrior::code) return noise;
  return torch::cat({noise, torch::matmul(state - prior_->decode_state(z).to(torch::kFloat64), numbers_.t())}, 1);
}

torch::Tensor StatePrior::sample(int64_t count, Seed seed) const {
  const torch::NoGradGuard no_grad;
  const int64_t numbers = kind_ == FitPrior::gaussian ? kStateSize : prior_->config().latent;
  const torch::Tensor noise = normal_tensor({count, numbers}, seed, device_);
  if (kind_ == FitPrior::residual)
    return torch::cat({noise, torch::zeros({count, kStateSize}, noise.options())}, 1).to(torch::kFloat64);
  if (kind_ == FitPrior::none) return (prior_->decode_state(prior_->from_aggregate(noise)).to(torch::kFloat64) - mean_) / stddev_;
  return noise.to(torch::kFloat64);
}

}  // namespace interprior
