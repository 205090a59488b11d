#pragma once
#include "interprior/evaluation/prior_evaluation.h"

namespace interprior {

// Joints (N,21,3) m of decoded codes z (N,Z), in the right wrist's frame, on the CPU.
PerHand<torch::Tensor> decoded_joints(InteractionPrior& prior, const TwoHands& hands, const torch::Tensor& z);

// Compares `count` samples of the prior with validation patterns. `held_out` and their reconstructions `rebuilt` are joints
// (M,21,3), m, in the right wrist's frame. PriorSamples::count is 0 when there are too few patterns to compare two halves.
PriorSamples evaluate_samples(InteractionPrior prior, const TwoHands& hands, const PerHand<torch::Tensor>& held_out,
                              const PerHand<torch::Tensor>& rebuilt, int64_t count, Seed seed, torch::Device device);

}  // namespace interprior
