#include "prior_samples.h"

#include <torch/types.h>
#include <torch/utils.h>

#include "interprior/infer/prior_sampling.h"
#include "interprior/metric/plausible.h"

namespace interprior {
namespace {

constexpr int64_t kChunk = 512;

PerHand<torch::Tensor> rows(const PerHand<torch::Tensor>& joints, const torch::Tensor& index) {
  return {joints.right.index_select(0, index), joints.left.index_select(0, index)};
}

torch::Tensor plausible(const PerHand<torch::Tensor>& joints) {
  return plausible_points(joints.right) & plausible_points(joints.left);
}

}  // namespace

PerHand<torch::Tensor> decoded_joints(InteractionPrior& prior, const TwoHands& hands, const torch::Tensor& z) {
  PerHand<std::vector<torch::Tensor>> joints;
  for (const torch::Tensor& some : z.split(kChunk)) {
    const PerHand<HandMesh> mesh = in_right_wrist(prior->decode(some, hands), hands);
    for (const Side side : kSides) joints[side].push_back(mesh[side].joints_in_root.to(torch::kCPU));
  }
  return {torch::cat(joints.right), torch::cat(joints.left)};
}

PriorSamples evaluate_samples(InteractionPrior prior, const TwoHands& hands, const PerHand<torch::Tensor>& held_out,
                              const PerHand<torch::Tensor>& rebuilt, int64_t count, Seed seed, torch::Device device) {
  PriorSamples sampled;
  const int64_t patterns = held_out.right.size(0);
  if (count == 0 || patterns < kMinPatternsForSamples) return sampled;
  const torch::Tensor order = torch::tensor(random_order(patterns, seed.derive("patterns")));
  const PerHand<torch::Tensor> real = rows(held_out, order), again = rows(rebuilt, order);
  const SampleSpace space = sample_space(real);
  sampled.count = count;
  sampled.feature_space = space.description();
  sampled.density_kind = name_of(prior->config().density);
  sampled.temperature = prior->temperature();

  // All kinds of samples use the same noise, so that they differ by their latent distribution, not by chance.
  const torch::Tensor noise = normal_tensor({count, prior->config().latent}, seed.derive("draws"), device);
  // Distances depend on set sizes: samples are compared in sets as large as half of the validation patterns.
  const int64_t half = std::min(patterns / 2, count);
  const torch::Tensor first = torch::arange(half), second = torch::arange(half, 2 * half);
  const PerHand<torch::Tensor> one_half = rows(real, first);
  struct Kind {
    SampleQuality PriorSamples::*member;
    PerHand<torch::Tensor> joints;
  };
  std::vector<Kind> kinds = {
      {&PriorSamples::standard_normal, decoded_joints(prior, hands, noise)},
      {&PriorSamples::aggregated_posterior, decoded_joints(prior, hands, prior->from_gaussian(noise))},
      {&PriorSamples::density, decoded_joints(prior, hands, prior->from_aggregate(sampled.temperature * noise))}};
  for (const Kind& kind : kinds) sampled.implausible += plausible(kind.joints).logical_not().sum().item<int64_t>();
  if (sampled.implausible > 0) {
    sampled.count = 0;
    return sampled;
  }
  const torch::Tensor separated = interactions_of_noise(prior, hands, sampled.temperature * noise.slice(0, 0, half)).noise;
  kinds.push_back({&PriorSamples::separated, decoded_joints(prior, hands, prior->from_aggregate(separated))});
  for (const Kind& kind : kinds)
    sampled.*kind.member = {compare_samples(space, rows(kind.joints, first), one_half, seed),
                            sample_statistics(space, kind.joints, seed)};

  sampled.held_out = {compare_samples(space, rows(real, second), one_half, seed), sample_statistics(space, real, seed)};
  // Implausible reconstructions are reported by evaluate_prior().
  if (plausible(again).all().item<bool>())
    sampled.reconstructed = {compare_samples(space, rows(again, second), one_half, seed), sample_statistics(space, again, seed)};
  return sampled;
}

}  // namespace interprior
