#pragma once
#include <torch/types.h>

#include "interprior/hand/mano_layer.h"
#include "joint_limits.h"

namespace interprior {

// B pairs of hands of one person each, in the right wrist's frame; all on one device, float32.
struct PairBatch {
  PerHand<torch::Tensor> fingers;  // (B,45) axis-angle rad
  torch::Tensor shape;             // (B,10)
  torch::Tensor left_from_right;   // (B,3,3)
  torch::Tensor knuckle_in_right;  // (B,3) m, left middle knuckle minus the right one
  torch::Tensor touching;          // (B) bool: is to touch
};

Interaction interaction_from(const PairBatch& pairs, const TwoHands& hands);

// The same pairs, moved by what it takes that no vertex lies deep in the other hand and that those which are to touch do:
// gradient steps on surface_tension, of a Polyak length per pair (1.5 times the energy over the gradient's square; its goal is
// known to be zero), in numbers that one standard deviation each makes equal: finger angles (JointLimits), 1 cm of translation, 6
// degrees of the left wrist's turn about its middle knuckle. Starting from where it is, such a descent ends near the nearest
// solution, so no term holds it back. Finger angles never leave the limits. Pairs do not influence each other.
PairBatch resolved(const PairBatch& pairs, const PerHand<JointLimits>& limits, const TwoHands& hands);

}  // namespace interprior
