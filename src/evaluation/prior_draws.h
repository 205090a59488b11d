#pragma once
#include "interprior/evaluation/prior_evaluation.h"

namespace interprior {

// Joints (N,21,3) m of decoded codes z (N,Z), in the right wrist's frame, on the CPU.
PerHand<torch::Tensor> decoded_joints(InteractionPrior& prior, const TwoHands& hands, const torch::Tensor& z);

// Draws `count` samples and judges them against held-out patterns, given as joints (M,21,3) m in the right wrist's frame, as are
// these patterns rebuilt. `drawn` is 0 where there are too few patterns for two halves to be compared.
PriorDraws judge_draws(InteractionPrior prior, const TwoHands& hands, const PerHand<torch::Tensor>& held_out,
                       const PerHand<torch::Tensor>& rebuilt, int64_t count, Seed seed, torch::Device device);

}  // namespace interprior
