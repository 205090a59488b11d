#pragma once
#include "interprior/base/seed.h"
#include "interprior/hand/mano_layer.h"
#include "interprior/model/interaction_prior.h"

namespace interprior {

// Both hands of an interaction in the right wrist's frame.
PerHand<HandMesh> in_right_wrist(const Interaction& interaction, const TwoHands& hands);

// Interactions that a prior draws, of nothing but noise.
struct DrawnInteractions {
  torch::Tensor noise;        // (N,Z): what they were decoded from
  Interaction interaction;    // N of them
  torch::Tensor moved;        // (N) how far the noise went to part the hands; 0: they were apart
  torch::Tensor overlapping;  // (N) bool: hands still lie deeper in each other than is allowed
};

// Noise (N,Z) through density and decoder. A draw whose hands lie in each other moves its noise down the slope of their overlap
// (surface_tension of hand/contact.h), by steps of a Polyak length, until they are apart: it stays what the prior can say. Draws
// do not influence each other but by rounding. All on the device of prior and hands.
DrawnInteractions interactions_of_noise(InteractionPrior prior, const TwoHands& hands, const torch::Tensor& noise);

// `steps` points (steps,Z) between two draws' noise (Z), on the great circle's arc, whose points are as likely as its ends; the
// ends exactly. Throws Error for fewer than two.
torch::Tensor noise_walk(const torch::Tensor& from, const torch::Tensor& to, int64_t steps);

}  // namespace interprior
