#pragma once
#include "capsule_hand.h"

namespace interprior {

// Moves of one hand, as capsules, against a fixed one. `shift` is where the moving hand is displaced to, in metres.

// Steps the moving hand out of the fixed one until no capsule overlaps by more than `most_overlap`; false where that fails.
bool separate(const CapsuleHand& fixed, const CapsuleHand& moving, double most_overlap, Vector3d& shift);

// Moves along `direction` until the surfaces meet, to `most_gap` / 2: no step is longer than the gap, so nothing is passed
// through.
void approach(const CapsuleHand& fixed, const CapsuleHand& moving, const Vector3d& direction, double most_gap, Vector3d& shift);

}  // namespace interprior
