#pragma once
#include <string>
#include <vector>

#include "candidate.h"
#include "interprior/interaction/two_hand_rebuilding.h"

namespace interprior {

// Patterns of one seed, a chunk at a time: what is resolved together, and written together.
class PatternRebuilder {
 public:
  static constexpr int64_t kChunk = 64;

  PatternRebuilder(const CandidateSources& sources, const TwoHands& hands, const TwoHands& hands_on_device,
                   const PerHand<JointLimits>& limits_on_device, Seed seed);

  // The chunk's first `count` patterns; what they are does not depend on it. Throws Error where many attempts at a pattern fail.
  Patterns chunk(int64_t number, int64_t count) const;

 private:
  struct Name {
    std::vector<std::string> names;          // of all pairs of two sources, or of two modalities
    std::vector<std::vector<int64_t>> code;  // of a pair
  };
  static Name pair_names(const std::vector<std::string>& single);

  const CandidateSources& sources_;
  const TwoHands &hands_, &device_hands_;
  const PerHand<JointLimits>& device_limits_;
  Seed seed_;
  Name source_names_, modality_names_;
};

}  // namespace interprior
