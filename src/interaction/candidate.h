#pragma once
#include <optional>

#include "hand_pool.h"
#include "placement.h"

namespace interprior {

// Why a candidate is left out.
enum class Rejection { joint_limits, too_deep, no_contact, moved_away, too_far };
inline constexpr std::array<const char*, 5> kRejectionNames = {"joint_limits", "too_deep", "no_contact", "moved_away", "too_far"};

inline constexpr double kFarthestMove = 0.05;   // m, of the left hand from where it was placed
inline constexpr double kFarthestHands = 0.10;  // m between the nearest bones' surfaces

// Two hands on their way to a pattern, in the right wrist's frame.
struct Candidate {
  PerHand<int64_t> row;            // of the pool
  PerHand<torch::Tensor> fingers;  // (45) rad
  ShapeNumbers shape{};            // of the one person
  Placement placement;             // its knuckle offset as it is now
  Vector3d drawn_knuckle;          // and as it was drawn
  bool touching = false;           // what its placement asks for
};

// What candidates are made of.
struct CandidateSources {
  const HandPool& pool;
  const Placements& placements;
  const PerHand<HandChain>& chains;
  const PerHand<JointLimits>& limits;
};

// The split of pattern `seed`: that of a random placement among those whose split `can_pair`.
int64_t draw_split(const CandidateSources& sources, Seed seed);

// Attempt number `attempt` at pattern `seed`: hands drawn, placed and, as capsules, brought together and apart. Some attempts in
// a row keep the placement and draw other hands, so that easy placements do not crowd out the hard ones. Nothing where it is
// implausible, with the reason.
struct Attempt {
  std::optional<Candidate> candidate;
  Rejection rejection = Rejection::joint_limits;  // where there is none
};
Attempt attempt_pair(const CandidateSources& sources, int64_t split, Seed seed, int64_t attempt);

}  // namespace interprior
