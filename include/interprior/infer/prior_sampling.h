#pragma once
#include "interprior/base/seed.h"
#include "interprior/hand/mano_layer.h"
#include "interprior/model/interaction_prior.h"

namespace interprior {

// Both hands of an interaction in the right wrist's frame.
PerHand<HandMesh> in_right_wrist(const Interaction& interaction, const TwoHands& hands);

// Unconditional samples of a prior.
struct SampledInteractions {
  torch::Tensor noise;        // (N,Z): decoder input after separation
  Interaction interaction;    // N interactions
  torch::Tensor moved;        // (N) distance that the noise moved to separate the hands; 0: no overlap
  torch::Tensor overlapping;  // (N) bool: the hands still overlap by more than the allowed depth
};

// Decodes noise (N,Z) through density and decoder. If the hands of a sample overlap, gradient descent on their overlap
// (contact_terms of hand/contact.h) with Polyak step lengths moves the noise until they are separate, so that the sample stays
// in the decoder's range. Samples are independent up to rounding. All on the device of prior and hands.
SampledInteractions interactions_of_noise(InteractionPrior prior, const TwoHands& hands, const torch::Tensor& noise);

// Spherical interpolation: `steps` points (steps,Z) on the great-circle arc between two samples' noise (Z), as likely as its
// ends, which are exact. Throws Error for fewer than two.
torch::Tensor noise_walk(const torch::Tensor& from, const torch::Tensor& to, int64_t steps);

}  // namespace interprior
