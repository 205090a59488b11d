#pragma once
#include <array>
#include <atomic>
#include <memory>
#include <vector>

#include "interprior/base/seed.h"
#include "interprior/data/patterns.h"
#include "interprior/hand/hand_chain.h"

namespace interprior {

// Relative placement of two hands, independent of the fingers.
struct Placement {
  Matrix3 right_rotation;    // of the right wrist in the interaction
  Matrix3 left_from_right;   // R_rel
  Vector3 knuckle_in_right;  // m, left middle MCP minus right middle MCP in the right wrist's frame
};

// The mirrored placement with hands swapped: R_rel' = M R_rel^T M, o' = -M R_rel^T o, R_right' = M R_left M.
Placement mirrored(const Placement& placement);

// Placements of known interactions.
class Placements {
 public:
  // `hands` on the CPU.
  Placements(Patterns interactions, const PerHand<HandChain>& chains, const TwoHands& hands);

  int64_t size() const { return interactions_.size(); }
  int64_t split(int64_t row) const { return interactions_.split.const_data_ptr<int64_t>()[row]; }
  int64_t sample(int64_t split, Random& random) const;  // a row of this split, which must have one
  Placement at(int64_t row) const;
  // Whether the surfaces of the interaction's hands are within 5 mm. Computed on first use; thread-safe.
  bool touching(int64_t row) const;

 private:
  Patterns interactions_;
  const PerHand<HandChain>& chains_;
  const TwoHands& hands_;
  std::array<std::vector<int64_t>, 3> splits_;
  mutable std::vector<std::atomic<int8_t>> touching_;  // 0: not yet computed, 1: no, 2: yes
};

}  // namespace interprior
