#pragma once
#include <torch/types.h>

#include "interprior/infer/keypoint_fit.h"
#include "interprior/model/interaction_prior.h"

namespace interprior {

// The 209 numbers of B interactions and how they move with the U unknown numbers of a code.
struct MovingState {
  torch::Tensor state;    // (B,209), not normalised
  torch::Tensor by_code;  // (B,209,U)
};

// Which interactions are likely: every number of a code has mean 0 and standard deviation 1. float64.
class StatePrior {
 public:
  StatePrior(InteractionPrior prior, FitPrior kind, torch::Device device);

  int64_t size() const;  // U
  MovingState operator()(const torch::Tensor& code) const;
  torch::Tensor state(const torch::Tensor& code) const;  // alone
  // Codes (N,U) of likely interactions, to start from.
  torch::Tensor draw(int64_t count, Seed seed) const;
  // With a residual: the same prior without one, whose code is the first part of this one's.
  int64_t leading() const;

 private:
  MovingState of_latent(const torch::Tensor& noise) const;  // (B,Z)

  mutable InteractionPrior prior_;
  FitPrior kind_;
  torch::Device device_;
  torch::Tensor mean_, deviation_;  // (209), of the training set's states
  torch::Tensor spread_;            // (209): of a number of the code that is one number of the state
};

}  // namespace interprior
