#pragma once
#include <torch/types.h>

#include "interprior/infer/keypoint_fit/keypoint_fit.h"
#include "interprior/model/interaction_prior.h"

namespace interprior {

// The 209 numbers of B interactions and how they move with the first L of a code's U numbers: those that a network decodes.
struct MovingState {
  torch::Tensor state;       // (B,209), not normalised
  torch::Tensor by_leading;  // (B,209,L)
};

// Which interactions are likely: every number of a code has mean 0 and standard deviation 1. float64.
class StatePrior {
 public:
  StatePrior(InteractionPrior prior, FitPrior kind, torch::Device device);

  int64_t size() const;     // U
  int64_t leading() const;  // L: the latent size, or 0 without a network
  MovingState operator()(const torch::Tensor& code) const;
  torch::Tensor state(const torch::Tensor& code) const;     // alone
  torch::Tensor code_of(const torch::Tensor& state) const;  // (B,U) whose state is the given one or near it
  // Codes (N,U) of likely interactions, to start from.
  torch::Tensor draw(int64_t count, Seed seed) const;
  // What moves with the state (B,M,209) moves so with the rest of the code (B,M,U-L), on which a state depends linearly.
  torch::Tensor by_rest(const torch::Tensor& by_state) const;

 private:
  MovingState of_latent(const torch::Tensor& noise) const;  // (B,Z)

  mutable InteractionPrior prior_;
  FitPrior kind_;
  torch::Device device_;
  torch::Tensor mean_;     // (209), of the training set's states
  torch::Tensor spread_;   // (209): of a number of the code that is one number of the state; of hands that stand for themselves
  torch::Tensor columns_;  // (209,209): how the state moves with the numbers of the Gaussian or of the residual
  torch::Tensor numbers_;  // (209,209): pseudo-inverse of columns_
};

}  // namespace interprior
