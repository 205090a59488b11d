#pragma once
#include <array>

#include "interprior/hand/hand_chain.h"

// Hands as capsules (hand/contact.h) with a forearm, for placing two hands.
namespace interprior {

inline constexpr size_t kCapsules = 21;  // 20 bones, then the forearm

struct CapsuleHand {
  std::array<Vector3, kCapsules> start, end;  // m
  std::array<double, kCapsules> radius;       // m
};

// `fingers`: direction of the flat hand's fingers; the forearm extends in the opposite direction.
CapsuleHand capsule_hand(const HandJoints& joints, const Vector3& fingers);

struct Proximity {
  double distance = 0;       // m between the nearest surfaces, negative: overlap
  double hand_distance = 0;  // m, without the forearms: decides contact
  Vector3 away;              // unit, from the fixed hand's nearest point to the moving hand's, without the forearms
  Vector3 push;              // m, step of the moving hand that reduces overlaps beyond allowed_overlap
};

// Distances between the fixed hand and the moving hand displaced by `shift`.
Proximity proximity(const CapsuleHand& fixed, const CapsuleHand& moving, const Vector3& shift, double allowed_overlap);

// The deepest overlap of the thumb's two outer bones with fingers of the same hand, m.
double thumb_overlap(const CapsuleHand& hand);

}  // namespace interprior
