#pragma once
#include "interprior/base/config/config.h"
#include "interprior/model/interaction_prior.h"
#include "interprior/objective/terms.h"

namespace interprior {

// Weights of the prior's losses; errors in metres and radians.
struct PriorLossConfig {
  double joints = 100, vertices = 100, rotations = 2, shape = 0.2, translation = 100, kl = 1e-3, penetration = 0;
  double kl_warmup = 0.2, free_bits = 0.0;
  void describe(Fields& fields) {
    fields("joints", joints, "L1 of the joints, right-wrist frame, m", {0, 1e6});
    fields("vertices", vertices, "L1 of the vertices, right-wrist frame, m", {0, 1e6});
    fields("rotations", rotations, "geodesic angle of finger rotations and R_rel, rad", {0, 1e6});
    fields("shape", shape, "L1 of the shape coefficients", {0, 1e6});
    fields("translation", translation, "L1 of t_rel at the anchor, m", {0, 1e6});
    fields("kl", kl, "beta: KL to N(0, I), summed over dimensions", {0, 1e6});
    fields("penetration", penetration, "squared depths of the two hands' bone capsules and vertices in each other, cm^2",
           {0, 1e6});
    fields("kl_warmup", kl_warmup, "fraction of the run over which beta rises from 0", {0, 1});
    fields("free_bits", free_bits, "free bits: KL per dimension without penalty, nats", {0, 10});
  }
};

// KL(N(mean, variance) || N(0, I)) per dimension (B,Z), nats.
torch::Tensor kl_to_standard_normal(const Latent& latent);
// KL(p || q) of diagonal Gaussians, summed over dimensions (B), nats.
torch::Tensor kl_between(const Latent& p, const Latent& q);

// What the prior makes of an interaction.
struct PriorOutput {
  Latent posterior;
  Interaction decoded;  // of a sample of the posterior
};

// All terms of the prior's loss. `progress`: fraction of the run, 0..1, a scalar on the device.
Terms prior_loss(const PriorLossConfig& config, const PriorOutput& output, const Interaction& truth, const TwoHands& hands,
                 Anchor anchor, const torch::Tensor& progress);

}  // namespace interprior
