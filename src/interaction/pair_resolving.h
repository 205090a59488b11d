#pragma once
#include <torch/types.h>

#include "interprior/hand/mano_layer.h"
#include "joint_limits.h"

namespace interprior {

// B pairs of hands, one person per pair, in the right wrist's frame; all on one device, float32.
struct PairBatch {
  PerHand<torch::Tensor> fingers;  // (B,45) axis-angle rad
  torch::Tensor shape;             // (B,10)
  torch::Tensor left_from_right;   // (B,3,3)
  torch::Tensor knuckle_in_right;  // (B,3) m, left middle MCP minus right middle MCP
  torch::Tensor touching;          // (B) bool: must touch
};

Interaction interaction_from(const PairBatch& pairs, const TwoHands& hands);

// Moves each pair until no vertex is deep inside the other hand and pairs that must touch do. Gradient descent on contact_terms
// with a Polyak step per pair (1.5 times the energy over the squared gradient norm; the minimum is known to be zero). The
// variables are scaled by their standard deviations: finger angles (JointLimits), 1 cm of translation, 6 degrees of the left
// wrist's rotation about its middle MCP. The descent ends near the closest solution, so no regularisation is needed. Finger
// angles stay within the limits. Pairs are independent.
PairBatch resolved(const PairBatch& pairs, const PerHand<JointLimits>& limits, const TwoHands& hands);

}  // namespace interprior
