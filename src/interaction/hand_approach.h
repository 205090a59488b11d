#pragma once
#include "capsule_hand.h"

namespace interprior {

// Translations of a capsule hand relative to a fixed one. `shift`: displacement of the moving hand, m.

// Moves the hand out of the fixed one until no capsules overlap by more than `most_overlap`; false if that fails.
bool separate(const CapsuleHand& fixed, const CapsuleHand& moving, double most_overlap, Vector3& shift);

// Moves the hand along `direction` until the surface distance is below `most_gap` / 2. No step is longer than the distance, so
// the hands cannot pass through each other.
void approach(const CapsuleHand& fixed, const CapsuleHand& moving, const Vector3& direction, double most_gap, Vector3& shift);

}  // namespace interprior
