#include "hand_approach.h"

namespace interprior {
namespace {

constexpr int kSteps = 30;

}  // namespace

bool separate(const CapsuleHand& fixed, const CapsuleHand& moving, double most_overlap, Vector3& shift) {
  for (int step = 0; step < kSteps; ++step) {
    const Proximity now = proximity(fixed, moving, shift, 0.5 * most_overlap);
    if (now.distance > -most_overlap) return true;
    shift += 1.05 * now.push;
  }
  return false;
}

void approach(const CapsuleHand& fixed, const CapsuleHand& moving, const Vector3& direction, double most_gap, Vector3& shift) {
  for (int step = 0; step < kSteps; ++step) {
    const Proximity now = proximity(fixed, moving, shift, 0);
    if (now.distance < 0.5 * most_gap) return;
    shift += (now.distance - 0.0005) * direction;
  }
}

}  // namespace interprior
