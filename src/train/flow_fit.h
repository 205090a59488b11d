#pragma once
#include "interprior/base/seed.h"
#include "interprior/model/interaction_prior.h"
#include "interprior/train/train_prior.h"

namespace interprior {

struct FlowFit {
  double gaussian_log_density = 0, log_density = 0;  // mean over held-out codes, nats
  double seconds = 0;
  bool kept = false;  // false: the flow was no better than the Gaussian and was reset to the identity
};

// Maximum-likelihood fit on codes sampled from the posteriors of `training`, given the prior's current Gaussian. Deterministic
// for a seed. Evaluates the log-likelihood on `held_out` at the start and every 200 steps and keeps the best weights; stops after
// 8 evaluations without gain. Resets the flow to the identity when it is no better than the Gaussian, or not finite.
FlowFit fit_flow(InteractionPrior prior, const Latent& training, const Latent& held_out, const FlowFitConfig& config, Seed seed);

}  // namespace interprior
