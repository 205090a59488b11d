#include "prior_draws.h"

#include <torch/types.h>
#include <torch/utils.h>

#include "interprior/metric/plausible.h"

namespace interprior {
namespace {

constexpr int64_t kChunk = 512;

PerHand<torch::Tensor> rows(const PerHand<torch::Tensor>& joints, const torch::Tensor& index) {
  return {joints.right.index_select(0, index), joints.left.index_select(0, index)};
}

// Joints of decoded z, on the CPU.
PerHand<torch::Tensor> decoded_joints(InteractionPrior& prior, const TwoHands& hands, const torch::Tensor& z) {
  PerHand<std::vector<torch::Tensor>> joints;
  for (const torch::Tensor& some : z.split(kChunk)) {
    const PerHand<HandMesh> mesh = in_right_wrist(prior->decode(some, hands), hands);
    for (const Side side : kSides) joints[side].push_back(mesh[side].joints_in_root.to(torch::kCPU));
  }
  return {torch::cat(joints.right), torch::cat(joints.left)};
}

}  // namespace

PerHand<HandMesh> in_right_wrist(const Interaction& interaction, const TwoHands& hands) {
  return hands(
      pose_from(interaction, torch::eye(3, interaction.left_from_right.options()).expand_as(interaction.left_from_right)));
}

PriorDraws judge_draws(InteractionPrior prior, const TwoHands& hands, const PerHand<torch::Tensor>& held_out, int64_t count,
                       Seed seed, torch::Device device) {
  PriorDraws draws;
  const int64_t patterns = held_out.right.size(0);
  if (count == 0 || patterns < kFewestPatternsForDraws) return draws;
  const PerHand<torch::Tensor> real = rows(held_out, torch::tensor(random_order(patterns, seed.derive("patterns"))));
  const SampleSpace space = sample_space(real);
  draws.drawn = count;
  draws.feature_space = space.description();

  // Both kinds of draws from the same noise: they differ by what the prior knows of its posterior, not by chance.
  const torch::Tensor noise = normal_tensor({count, prior->config().latent}, seed.derive("draws"), device);
  // Distances between sets depend on their sizes: draws are compared in sets as large as the held-out patterns' own halves.
  const int64_t half = std::min(patterns / 2, count);
  const PerHand<torch::Tensor> one_half = rows(real, torch::arange(half)), other_half = rows(real, torch::arange(half, 2 * half));
  const PerHand<torch::Tensor> from_normal = decoded_joints(prior, hands, noise),
                               from_aggregate = decoded_joints(prior, hands, prior->from_aggregate(noise));
  for (const PerHand<torch::Tensor>* joints : {&from_normal, &from_aggregate})
    draws.implausible += (plausible_points(joints->right) & plausible_points(joints->left)).logical_not().sum().item<int64_t>();
  if (draws.implausible > 0) {
    draws.drawn = 0;
    return draws;
  }
  const auto judged = [&](const PerHand<torch::Tensor>& joints) -> SampleQuality {
    return {compare_samples(space, rows(joints, torch::arange(half)), one_half, seed), sample_statistics(space, joints, seed)};
  };
  draws.standard_normal = judged(from_normal);
  draws.aggregated_posterior = judged(from_aggregate);

  draws.held_out.to_real = compare_samples(space, other_half, one_half, seed);
  draws.held_out.own = sample_statistics(space, real, seed);
  return draws;
}

}  // namespace interprior
