#pragma once
#include "interprior/base/config/config.h"
#include "interprior/base/seed.h"
#include "interprior/model/interaction_prior.h"

namespace interprior {

// How a prior's flow is fitted, at each validation of the run, starting from what the one before has found.
struct FlowFitConfig {
  int64_t steps = 800, batch = 512;
  double learning_rate = 2e-3;
  void describe(Fields& fields) {
    fields("steps", steps, "optimiser steps of the flow at each validation of the run", {1, 1e9});
    fields("batch", batch, "codes of a step", {1, 1e9});
    fields("learning_rate", learning_rate, "peak learning rate (AdamW), falling to zero at each validation", {0, 10});
  }
};

struct FlowFit {
  double gaussian_log_density = 0, log_density = 0;  // of held-out codes, mean, natural logarithm
  double seconds = 0;
  bool kept = false;  // false: the flow was not better than the Gaussian, and is the identity again
};

// Maximum likelihood of codes drawn from the posteriors of `training`, at the prior's present Gaussian. The same numbers for the
// same seed. Of the flow at the start and every 200 steps the one most likely on `held_out` stays; the fit ends early after 8
// looks without gain. A flow that is no better than the Gaussian, or not finite, ends as the identity.
FlowFit fit_flow(InteractionPrior prior, const Latent& training, const Latent& held_out, const FlowFitConfig& config, Seed seed);

}  // namespace interprior
