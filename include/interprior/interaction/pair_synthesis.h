#pragma once
#include "interprior/hand/hand_chain.h"
#include "interprior/interaction/interaction_synthesis.h"

namespace interprior {

// One hand of a pair: its rotations in a frame both hands share, wrist in metres.
struct PairHand {
  ShapeNumbers shape{};
  Rotations rotations;
  Vector3d wrist = Vector3d::Zero();
};

struct HandPair {
  InteractionKind kind = InteractionKind::reach;
  PerHand<PairHand> hand;
};

// Two hands brought together as a kind of interaction says; plausible: no overlap beyond kMostOverlap, in contact where the kind
// asks for it, thumbs beside the fingers, hands near each other. variety: InteractionSynthesisConfig's. A pure function of
// variety and seed.
HandPair synthesize_pair(const PerHand<HandChain>& chains, double variety, Seed seed);

inline constexpr double kMostOverlap = 0.003;  // m, of capsules
inline constexpr double kMostContact = 0.004;  // m between the surfaces of hands that touch

}  // namespace interprior
