#pragma once
#include <torch/types.h>

#include "interprior/base/seed.h"
#include "interprior/infer/keypoint_fit/keypoint_fit.h"
#include "interprior/model/interaction_prior.h"

namespace interprior {

// States of B interactions, and their Jacobian by the first L of a code's U numbers, which the network decodes.
struct MovingState {
  torch::Tensor state;       // (B,209), not normalised
  torch::Tensor by_leading;  // (B,209,L)
};

// Prior over interactions, parametrised by a code whose entries have mean 0 and standard deviation 1. float64.
class StatePrior {
 public:
  StatePrior(InteractionPrior prior, FitPrior kind, torch::Device device);

  int64_t size() const;     // U
  int64_t leading() const;  // L: the latent size, or 0 without a network
  MovingState operator()(const torch::Tensor& code) const;
  torch::Tensor state(const torch::Tensor& code) const;     // without Jacobian
  torch::Tensor code_of(const torch::Tensor& state) const;  // (B,U) whose state is equal or close to the given one
  // Samples of codes (N,U), for initial values.
  torch::Tensor sample(int64_t count, Seed seed) const;
  // Converts a Jacobian by the state (B,M,209) to one by the rest of the code (B,M,U-L), on which the state depends linearly.
  torch::Tensor by_rest(const torch::Tensor& by_state) const;

 private:
  MovingState of_latent(const torch::Tensor& noise) const;  // (B,Z)

  mutable InteractionPrior prior_;
  FitPrior kind_;
  torch::Device device_;
  torch::Tensor mean_;     // (209), of the training set's states
  torch::Tensor stddev_;   // (209): standard deviations of the state for independent hands (FitPrior::none)
  torch::Tensor columns_;  // (209,209): Jacobian of the state by the code of the Gaussian or of the residual
  torch::Tensor numbers_;  // (209,209): pseudo-inverse of columns_
};

}  // namespace interprior
