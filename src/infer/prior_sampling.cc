#include "interprior/infer/prior_sampling.h"

#include <torch/autograd.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>

#include "interprior/base/error.h"
#include "interprior/base/shape.h"
#include "interprior/hand/contact.h"
#include "interprior/model/evaluation_mode.h"

namespace interprior {
namespace {

constexpr int64_t kChunk = 64;
constexpr int kSteps = 40;
constexpr double kStepLength = 1.3, kMaxStep = 0.7;  // of the Polyak length; in standard deviations, norm over the noise
constexpr double kAllowedDepth = 0.0008;             // m, as in synthesis
constexpr double kSolved = 1e-8;                     // m^2: a tenth of a millimetre, squared

torch::Tensor overlap(InteractionPrior& prior, const TwoHands& hands, const torch::Tensor& noise) {
  const Interaction interaction = prior->decode(prior->from_aggregate(noise), hands);
  return contact_terms(in_right_wrist(interaction, hands), hands, kAllowedDepth).overlap;
}

// One step of each row that overlaps; returns the rows (N,Z) after the step and their overlap (N) before it.
std::pair<torch::Tensor, torch::Tensor> step(InteractionPrior& prior, const TwoHands& hands, const torch::Tensor& noise) {
  const torch::AutoGradMode with_gradient(true);
  const torch::Tensor here = noise.detach().requires_grad_(true);
  const torch::Tensor energy = overlap(prior, hands, here);
  torch::Tensor slope = torch::autograd::grad({energy.sum()}, {here})[0];
  const torch::NoGradGuard no_grad;
  const torch::Tensor now = energy.detach();
  const torch::Tensor steepness = slope.norm(2, {1}).clamp_min(1e-10);
  const torch::Tensor length = (kStepLength * now / steepness).clamp_max(kMaxStep) * (now > kSolved);
  return {noise - slope * (length / steepness).unsqueeze(1), now};
}

// Always computes kChunk rows, so that a sample does not depend on the number of samples, not even by rounding.
torch::Tensor parted(InteractionPrior& prior, const TwoHands& hands, const torch::Tensor& noise) {
  const int64_t rows = noise.size(0);
  torch::Tensor result = torch::cat({noise, noise.slice(0, 0, 1).expand({kChunk - rows, noise.size(1)})});
  for (int i = 0; i < kSteps; ++i) {
    const auto [moved, energy] = step(prior, hands, result);
    result = moved;
    if ((energy <= kSolved).all().item<bool>()) break;
  }
  return result.slice(0, 0, rows);
}

}  // namespace

PerHand<HandMesh> in_right_wrist(const Interaction& interaction, const TwoHands& hands) {
  return hands(
      pose_from(interaction, torch::eye(3, interaction.left_from_right.options()).expand_as(interaction.left_from_right)));
}

SampledInteractions interactions_of_noise(InteractionPrior prior, const TwoHands& hands, const torch::Tensor& noise) {
  ShapeCheck("interactions_of_noise")(noise, "noise", {"N", prior->config().latent});
  const torch::NoGradGuard no_grad;
  const EvaluationMode mode(*prior);
  std::vector<torch::Tensor> rows, moved, overlapping;
  for (const torch::Tensor& some : noise.split(kChunk)) {
    rows.push_back(parted(prior, hands, some));
    moved.push_back((rows.back() - some).norm(2, {1}));
    overlapping.push_back(overlap(prior, hands, rows.back()) > kSolved);
  }
  SampledInteractions samples;
  samples.noise = torch::cat(rows);
  samples.moved = torch::cat(moved);
  samples.overlapping = torch::cat(overlapping);
  samples.interaction = prior->decode(prior->from_aggregate(samples.noise), hands);
  return samples;
}

torch::Tensor noise_walk(const torch::Tensor& from, const torch::Tensor& to, int64_t steps) {
  ShapeCheck("noise_walk")(from, "from", {"Z"})(to, "to", {"Z"});
  require(steps > 1, "a walk needs two ends", "noise_walk", "choose at least two steps");
  const double cosine = (from.dot(to) / (from.norm() * to.norm()).clamp_min(1e-12)).item<double>();
  const double angle = std::acos(std::clamp(cosine, -1.0, 1.0)), sine = std::sin(angle);
  const torch::Tensor share = torch::linspace(0, 1, steps, from.options().dtype(torch::kFloat64)).unsqueeze(1);
  // Parallel or opposite directions define no unique arc: linear interpolation.
  const torch::Tensor of_from = sine < 1e-4 ? 1 - share : torch::sin((1 - share) * angle) / sine;
  const torch::Tensor of_to = sine < 1e-4 ? share : torch::sin(share * angle) / sine;
  torch::Tensor walk = (of_from * from + of_to * to).to(from.dtype());
  walk[0] = from;
  walk[steps - 1] = to;
  return walk;
}

}  // namespace interprior
