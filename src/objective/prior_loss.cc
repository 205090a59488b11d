#include "interprior/objective/prior_loss.h"

#include <torch/types.h>

#include "interprior/base/full_precision.h"
#include "interprior/geometry/rotation.h"
#include "interprior/hand/contact.h"

namespace interprior {

torch::Tensor kl_to_standard_normal(const Latent& latent) {
  return 0.5 * (latent.mean.square() + latent.log_variance.exp() - 1 - latent.log_variance);
}

torch::Tensor kl_between(const Latent& p, const Latent& q) {
  const torch::Tensor squared = (p.mean - q.mean).square();
  return 0.5 * ((p.log_variance.exp() + squared) * torch::exp(-q.log_variance) - 1 + q.log_variance - p.log_variance).sum(1);
}

Terms prior_loss(const PriorLossConfig& config, const PriorOutput& output, const Interaction& truth, const TwoHands& hands,
                 Anchor anchor, const torch::Tensor& progress) {
  const FullPrecision full_precision;
  const Interaction& decoded = output.decoded;
  // In the right wrist's frame, the right wrist's rotation is the identity.
  const torch::Tensor upright = torch::eye(3, decoded.left_in_right.options()).expand({decoded.left_in_right.size(0), 3, 3});
  const PerHand<HandMesh> mesh = hands(pose_from(decoded, upright));
  PerHand<HandMesh> true_mesh;
  torch::Tensor true_state;
  {
    torch::NoGradGuard no_grad;
    true_mesh = hands(pose_from(truth, upright));
    true_state = state_from(truth, hands, anchor);
  }
  const auto both = [](auto&& of_side) { return 0.5 * (of_side(Side::right) + of_side(Side::left)); };

  Terms terms;
  terms.add("joints", both([&](Side s) { return (mesh[s].joints_in_root - true_mesh[s].joints_in_root).abs().mean(); }),
            config.joints);
  terms.add("vertices", both([&](Side s) { return (mesh[s].vertices_in_root - true_mesh[s].vertices_in_root).abs().mean(); }),
            config.vertices);
  terms.add("rotations", both([&](Side s) {
                           return geodesic_angle(decoded.fingers[s], truth.fingers[s]).mean();
                         }) + geodesic_angle(decoded.left_from_right, truth.left_from_right).mean(),
            config.rotations);
  terms.add("shape", both([&](Side s) { return (decoded.shape[s] - truth.shape[s]).abs().mean(); }), config.shape);
  const torch::Tensor state = state_from(decoded, hands, anchor);
  terms.add("translation", (state.slice(1, kStateSize - 3) - true_state.slice(1, kStateSize - 3)).abs().mean(),
            config.translation);

  const torch::Tensor per_dimension = kl_to_standard_normal(output.posterior).mean(0);
  const torch::Tensor warm = config.kl_warmup > 0 ? (progress / config.kl_warmup).clamp(0, 1) : torch::ones_like(progress);
  terms.add("kl", warm * (per_dimension - config.free_bits).clamp_min(0).sum(), config.kl);
  if (config.penetration > 0) terms.add("penetration", 1e4 * penetration_loss(mesh, hands), config.penetration);
  return terms;
}

}  // namespace interprior
