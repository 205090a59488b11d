#pragma once
#include "interprior/hand/hand_chain.h"
#include "interprior/interaction/interaction_synthesis.h"

namespace interprior {

struct HandPair {
  InteractionKind kind = InteractionKind::reach;
  PerHand<PosedHand> hand;  // in a frame shared by both
};

// Synthesizes two hands in a random kind of interaction. The result is plausible: no overlap beyond kMaxOverlap, contact if the
// kind requires it, thumbs outside the fingers, hands near each other. variety: InteractionSynthesisConfig::hand_variety. A pure
// function of its arguments. Throws Error if no plausible interaction is found.
HandPair synthesize_pair(const PerHand<HandChain>& chains, double variety, Seed seed);

inline constexpr double kMaxOverlap = 0.003;  // m, largest overlap of capsules
inline constexpr double kMaxContact = 0.004;  // m, largest surface distance of touching hands

}  // namespace interprior
