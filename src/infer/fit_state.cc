#include "fit_state.h"

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

}  // namespace

StatePrior::StatePrior(InteractionPrior prior, FitPrior kind, torch::Device device)
    : prior_(std::move(prior)), kind_(kind), device_(device) {
  const auto buffers = prior_->named_buffers();
  mean_ = buffers["state_mean"].to(device, torch::kFloat64);
  deviation_ = buffers["state_deviation"].to(device, torch::kFloat64);
  if (kind == FitPrior::residual) spread_ = by_part(0.5, 0.3, 0.2, 0.1).to(device) * deviation_;
  if (kind == FitPrior::none) spread_ = by_part(0.4, 1, 1, 0.2).to(device);
  if (kind == FitPrior::gaussian) {
    const torch::NoGradGuard no_grad;
    const FullPrecision full_precision;
    const auto float32 = mean_.options().dtype(torch::kFloat32);
    const torch::Tensor origin = prior_->gaussian_state(torch::zeros({1, kStateSize}, float32));
    columns_ = (prior_->gaussian_state(torch::eye(kStateSize, float32)) - origin).t().to(torch::kFloat64);
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
  if (kind_ == FitPrior::residual) moving.state = moving.state + code.slice(1, leading()) * spread_;
  return moving;
}

torch::Tensor StatePrior::by_rest(const torch::Tensor& by_state) const {
  if (kind_ == FitPrior::code) return by_state.slice(2, 0, 0);
  return kind_ == FitPrior::gaussian ? torch::matmul(by_state, columns_) : by_state * spread_;
}

torch::Tensor StatePrior::state(const torch::Tensor& code) const {
  const torch::NoGradGuard no_grad;
  if (kind_ == FitPrior::gaussian) return prior_->gaussian_state(code.to(torch::kFloat32)).to(torch::kFloat64);
  if (kind_ == FitPrior::none) return mean_ + code * spread_;
  const torch::Tensor noise = code.slice(1, 0, leading()).to(torch::kFloat32);
  const torch::Tensor likely = prior_->decode_state(prior_->from_aggregate(noise)).to(torch::kFloat64);
  return kind_ == FitPrior::residual ? likely + code.slice(1, leading()) * spread_ : likely;
}

torch::Tensor StatePrior::code_of(const torch::Tensor& z) const {
  const torch::NoGradGuard no_grad;
  return torch::constant_pad_nd(prior_->to_aggregate(z).to(torch::kFloat64), {0, size() - leading()});
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
