#include "interprior/model/interaction_prior.h"

#include <ATen/ops/linalg_cholesky_ex.h>
#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/linalg_solve_triangular.h>
#include <torch/types.h>

#include "interprior/base/error.h"
#include "interprior/base/full_precision.h"
#include "interprior/base/shape.h"
#include "interprior/geometry/rotation.h"

namespace interprior {
namespace {

// Variance added to every latent dimension before the factorisation: unused dimensions have zero variance.
constexpr double kMinVariance = 1e-6;
constexpr int64_t kFingerSize = 90, kShapeSize = 10, kSixSize = 6, kTranslationSize = 3;

// t_rel at the knuckle anchor minus t_rel at the wrist: R_rel k_L - k_R, with k the rest vector from wrist to middle MCP joint.
torch::Tensor knuckle_offset(const torch::Tensor& left_from_right, const PerHand<torch::Tensor>& shape, const TwoHands& hands) {
  const torch::Tensor right = hands.layer.right.rest_middle_mcp(shape.right);
  const torch::Tensor left = hands.layer.left.rest_middle_mcp(shape.left);
  return torch::matmul(left_from_right, left.unsqueeze(-1)).squeeze(-1) - right;
}

}  // namespace

torch::Tensor state_from(const Interaction& interaction, const TwoHands& hands, Anchor anchor) {
  const FullPrecision full_precision;
  ShapeCheck check("state_from");
  check(interaction.fingers.right, "fingers.right", {"B", 15, 3, 3});
  check(interaction.fingers.left, "fingers.left", {"B", 15, 3, 3});
  check(interaction.left_from_right, "left_from_right", {"B", 3, 3});
  check(interaction.left_in_right, "left_in_right", {"B", 3});
  torch::Tensor translation = interaction.left_in_right;
  if (anchor == Anchor::knuckle)
    translation = translation + knuckle_offset(interaction.left_from_right, interaction.shape, hands);
  return torch::cat(
      {rot6d_from_matrix(interaction.fingers.right).flatten(1), rot6d_from_matrix(interaction.fingers.left).flatten(1),
       interaction.shape.right, interaction.shape.left, rot6d_from_matrix(interaction.left_from_right), translation},
      1);
}

Interaction interaction_from_state(const torch::Tensor& state, const TwoHands& hands, Anchor anchor) {
  const FullPrecision full_precision;
  ShapeCheck("interaction_from_state")(state, "state", {"B", kStateSize});
  const auto parts = state.split_with_sizes({kFingerSize, kFingerSize, kShapeSize, kShapeSize, kSixSize, kTranslationSize}, 1);
  Interaction interaction;
  interaction.fingers = {matrix_from_rot6d(parts[0].reshape({-1, 15, 6})), matrix_from_rot6d(parts[1].reshape({-1, 15, 6}))};
  interaction.shape = {parts[2], parts[3]};
  interaction.left_from_right = matrix_from_rot6d(parts[4]);
  interaction.left_in_right = parts[5];
  if (anchor == Anchor::knuckle)
    interaction.left_in_right = parts[5] - knuckle_offset(interaction.left_from_right, interaction.shape, hands);
  return interaction;
}

InteractionPriorImpl::InteractionPriorImpl(const InteractionPriorConfig& config)
    : config_(config),
      encoder_(register_module("encoder", ResidualMlp(kStateSize, config.width, config.depth, 2 * config.latent))),
      decoder_(register_module("decoder", ResidualMlp(config.latent, config.width, config.depth, kStateSize))),
      state_mean_(register_buffer("state_mean", torch::zeros({kStateSize}))),
      state_std_(register_buffer("state_deviation", torch::ones({kStateSize}))),
      state_factor_(register_buffer("state_factor", torch::eye(kStateSize))),
      aggregate_mean_(register_buffer("aggregate_mean", torch::zeros({config.latent}))),
      aggregate_factor_(register_buffer("aggregate_factor", torch::eye(config.latent))),
      temperature_(register_buffer("temperature", torch::ones({}))) {
  if (config.density == Density::flow)
    flow_ = register_module("flow", CodeFlow(config.latent, config.flow_layers, config.flow_width));
}

Latent InteractionPriorImpl::encode(const Interaction& interaction, const TwoHands& hands) {
  return encode_state(state_from(interaction, hands, config_.anchor));
}

Latent InteractionPriorImpl::encode_state(const torch::Tensor& state) {
  ShapeCheck("InteractionPrior::encode")(state, "state", {"B", kStateSize});
  torch::Tensor numbers = encoder_((state - state_mean_) / state_std_);
  if (numbers.scalar_type() == torch::kBFloat16) numbers = numbers.to(torch::kFloat32);  // for exponentials and sums
  const auto halves = numbers.chunk(2, 1);
  // A posterior standard deviation below e^-6 or above e^4 carries no information and breaks the KL in bf16.
  return {halves[0], halves[1].clamp(-12, 8)};
}

torch::Tensor InteractionPriorImpl::decode_state(const torch::Tensor& z) {
  ShapeCheck("InteractionPrior::decode")(z, "z", {"B", config_.latent});
  return decoder_(z) * state_std_ + state_mean_;
}

Interaction InteractionPriorImpl::decode(const torch::Tensor& z, const TwoHands& hands) {
  return interaction_from_state(decode_state(z).to(torch::kFloat32), hands, config_.anchor);
}

Interaction InteractionPriorImpl::interaction_of(const torch::Tensor& normalised_state, const TwoHands& hands) {
  const torch::Tensor state = normalised_state.to(torch::kFloat32) * state_std_ + state_mean_;
  return interaction_from_state(state, hands, config_.anchor);
}

void InteractionPriorImpl::set_aggregate(const torch::Tensor& means) {
  ShapeCheck check("InteractionPrior::set_aggregate");
  check(means, "means", {"N", config_.latent});
  require(check["N"] > 1, "an aggregated posterior needs at least two patterns", "InteractionPrior::set_aggregate");
  const torch::NoGradGuard no_grad;
  const torch::Tensor points = means.to(torch::kFloat64), mean = points.mean(0), centred = points - mean;
  const torch::Tensor covariance = centred.t().matmul(centred) / static_cast<double>(check["N"]);
  const torch::Tensor jitter = kMinVariance * torch::eye(config_.latent, covariance.options());
  const auto [factor, failed] = at::linalg_cholesky_ex(covariance + jitter);
  // Early in training, means may be non-finite or their covariance may have no factor: the previous aggregate is kept.
  if (failed.item<int64_t>() != 0 || !factor.isfinite().all().item<bool>()) return;
  aggregate_mean_.copy_(mean);
  aggregate_factor_.copy_(factor);
}

torch::Tensor InteractionPriorImpl::from_gaussian(const torch::Tensor& noise) {
  ShapeCheck("InteractionPrior::from_gaussian")(noise, "noise", {"N", config_.latent});
  return aggregate_mean_ + noise.matmul(aggregate_factor_.t());
}

torch::Tensor InteractionPriorImpl::from_aggregate(const torch::Tensor& noise) {
  ShapeCheck("InteractionPrior::from_aggregate")(noise, "noise", {"N", config_.latent});
  return from_gaussian(flow_ ? flow_(noise) : noise);
}

WithTangents InteractionPriorImpl::state_from_aggregate(const WithTangents& noise) {
  ShapeCheck check("InteractionPrior::state_from_aggregate");
  check(noise.value, "noise", {"B", config_.latent})(noise.tangents, "tangents", {"B", "K", config_.latent});
  const WithTangents code = flow_ ? flow_->with_tangents(noise) : noise;
  const WithTangents normalised =
      decoder_->with_tangents({from_gaussian(code.value), torch::matmul(code.tangents, aggregate_factor_.t())});
  return {normalised.value * state_std_ + state_mean_, normalised.tangents * state_std_};
}

torch::Tensor InteractionPriorImpl::whitened(const torch::Tensor& z) {
  ShapeCheck("InteractionPrior::whitened")(z, "z", {"N", config_.latent});
  return at::linalg_solve_triangular(aggregate_factor_, (z - aggregate_mean_).t(), /*upper=*/false).t();
}

torch::Tensor InteractionPriorImpl::to_aggregate(const torch::Tensor& z) {
  return flow_ ? flow_->origin(whitened(z)).noise : whitened(z);
}

torch::Tensor InteractionPriorImpl::aggregate_log_density(const torch::Tensor& z) {
  const torch::Tensor code = whitened(z);
  return (flow_ ? flow_->log_density(code) : normal_log_density(code)) - aggregate_factor_.diagonal().log().sum();
}

void InteractionPriorImpl::set_normalisation(const torch::Tensor& states) {
  ShapeCheck("InteractionPrior::set_normalisation")(states, "states", {"N", kStateSize});
  torch::NoGradGuard no_grad;
  state_mean_.copy_(states.mean(0));
  // An entry that hardly varies (a joint that does not move) must not be scaled up to unit variance.
  state_std_.copy_(states.std(0, /*unbiased=*/false).clamp_min(0.01));
  const torch::Tensor points = states.to(torch::kCPU, torch::kFloat64), centred = points - points.mean(0);
  const auto [variances, directions] = at::linalg_eigh(centred.t().matmul(centred) / static_cast<double>(states.size(0)));
  state_factor_.copy_((directions * variances.clamp_min(0).sqrt()).flip(1));  // eigenvalues are ascending
}

torch::Tensor InteractionPriorImpl::gaussian_state(const torch::Tensor& noise) {
  ShapeCheck("InteractionPrior::gaussian_state")(noise, "noise", {"N", kStateSize});
  return state_mean_ + noise.matmul(state_factor_.t());
}

torch::Tensor sample(const Latent& latent, const torch::Tensor& noise) {
  return latent.mean + torch::exp(0.5 * latent.log_variance) * noise;
}

}  // namespace interprior
