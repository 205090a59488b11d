#pragma once
#include <optional>

#include "hand_pool.h"
#include "placement.h"

namespace interprior {

// Why a candidate is rejected.
enum class Rejection { joint_limits, too_deep, no_contact, moved_away, too_far };
inline constexpr std::array<const char*, 5> kRejectionNames = {"joint_limits", "too_deep", "no_contact", "moved_away", "too_far"};

inline constexpr double kMaxMove = 0.05;   // m, of the left hand from its sampled placement
inline constexpr double kMaxHands = 0.10;  // m between the surfaces of the nearest bones

// A pair of hands that may become a pattern, in the right wrist's frame.
struct Candidate {
  PerHand<int64_t> row;            // of the pool
  PerHand<torch::Tensor> fingers;  // (45) rad
  ShapeNumbers shape{};            // of both hands
  Placement placement;             // current placement
  Vector3 sampled_knuckle;         // m, knuckle_in_right as sampled
  bool touching = false;           // whether the placement requires contact
};

// The sources of candidates.
struct CandidateSources {
  const HandPool& pool;
  const Placements& placements;
  const PerHand<HandChain>& chains;
  const PerHand<JointLimits>& limits;
};

// Samples the split of pattern `seed`: the split of a random placement, among splits that `can_pair`.
int64_t sample_split(const CandidateSources& sources, Seed seed);

// Attempt number `attempt` at pattern `seed`: samples hands and placement and resolves contact and overlap of the capsules.
// Several consecutive attempts keep the placement and resample the hands, so that easy placements are not over-represented.
struct Attempt {
  std::optional<Candidate> candidate;             // nullopt if implausible
  Rejection rejection = Rejection::joint_limits;  // the reason, if there is no candidate
};
Attempt attempt_pair(const CandidateSources& sources, int64_t split, Seed seed, int64_t attempt);

}  // namespace interprior
