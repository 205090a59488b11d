#pragma once
#include <string>
#include <vector>

#include "candidate.h"
#include "interprior/interaction/two_hand_rebuilding.h"

namespace interprior {

struct SampledPattern;

// Patterns of one seed, in chunks. The pairs of a chunk are resolved in one batch and written to one file.
class PatternRebuilder {
 public:
  static constexpr int64_t kChunk = 64;

  PatternRebuilder(const CandidateSources& sources, const TwoHands& hands, const TwoHands& hands_on_device,
                   const PerHand<JointLimits>& limits_on_device, Seed seed);

  // The chunk's first `count` patterns; they do not depend on `count`. Throws Error if too many attempts at a pattern fail.
  Patterns chunk(int64_t number, int64_t count) const;

 private:
  struct Name {
    std::vector<std::string> names;          // of all pairs of sources, or of modalities
    std::vector<std::vector<int64_t>> code;  // of a pair: index into `names`
    // The pair's index into `names`; `codes` of single poses, `row` of each hand's pose.
    int64_t of(const torch::Tensor& codes, const PerHand<int64_t>& row) const;
  };
  static Name pair_names(const std::vector<std::string>& single);
  Patterns columns(const std::vector<SampledPattern>& sampled) const;  // one row each

  const CandidateSources& sources_;
  const TwoHands &hands_, &device_hands_;
  const PerHand<JointLimits>& device_limits_;
  Seed seed_;
  Name source_names_, modality_names_;
};

}  // namespace interprior
