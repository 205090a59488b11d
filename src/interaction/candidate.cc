#include "candidate.h"

#include <torch/types.h>

#include "hand_approach.h"
#include "interprior/geometry/rotation.h"

namespace interprior {
namespace {

constexpr int64_t kHandsPerPlacement = 8;
constexpr double kMaxCapsuleOverlap = 0.006;  // m: left to the surface stage, which also bends fingers
constexpr double kCapsuleContact = 0.004;     // m

bool within(const torch::Tensor& fingers, const JointLimits& limits) {
  const float *own = fingers.const_data_ptr<float>(), *low = limits.low.const_data_ptr<float>(),
              *high = limits.high.const_data_ptr<float>();
  for (int64_t i = 0; i < kFingerAngles; ++i)
    if (own[i] < low[i] || own[i] > high[i]) return false;
  return true;
}

// A posed hand relative to its wrist.
struct Posed {
  HandJoints joints;
  CapsuleHand capsules;
};

Posed posed(const HandChain& chain, const ShapeNumbers& shape, const Matrix3& wrist, const torch::Tensor& fingers) {
  Rotations rotations;
  rotations[0] = wrist;
  const float* angles = fingers.const_data_ptr<float>();
  for (size_t joint = 1; joint < rotations.size(); ++joint, angles += 3)
    rotations[joint] = rotation_from_axis_angle({angles[0], angles[1], angles[2]});
  const HandJoints joints = HandChain::posed(chain.rest(shape), rotations);
  return {joints, capsule_hand(joints, wrist * chain.axes().fingers)};
}

// Moves the left hand until it does not overlap the right one by much and, if it must touch, is in contact.
std::optional<Rejection> bring_into_contact(const Posed& right, const Posed& left, bool touching, Vector3& shift) {
  if (!separate(right.capsules, left.capsules, kMaxCapsuleOverlap, shift)) return Rejection::too_deep;
  if (!touching) return std::nullopt;
  for (int round = 0; round < 3; ++round) {
    const Proximity now = proximity(right.capsules, left.capsules, shift, 0);
    if (now.hand_distance < kCapsuleContact) return std::nullopt;
    approach(right.capsules, left.capsules, -now.away, kCapsuleContact, shift);
  }
  return proximity(right.capsules, left.capsules, shift, 0).hand_distance < kCapsuleContact
             ? std::nullopt
             : std::optional(Rejection::no_contact);
}

}  // namespace

int64_t sample_split(const CandidateSources& sources, Seed seed) {
  Random random(seed.derive("split"));
  while (true) {
    const int64_t split = sources.placements.split(random.integer(sources.placements.size()));
    if (sources.pool.can_pair(split)) return split;
  }
}

Attempt attempt_pair(const CandidateSources& sources, int64_t split, Seed seed, int64_t attempt) {
  Random where(seed.derive("placement").derive(static_cast<uint64_t>(attempt / kHandsPerPlacement)));
  const int64_t row = sources.placements.sample(split, where);
  Candidate candidate;
  candidate.placement = sources.placements.at(row);
  if (where.chance(0.5)) candidate.placement = mirrored(candidate.placement);

  Random random(seed.derive("hands").derive(static_cast<uint64_t>(attempt)));
  candidate.row.right = sources.pool.sample(split, random);
  candidate.row.left = sources.pool.sample_other(split, candidate.row.right, random);
  candidate.shape = sources.pool.shape(random.chance(0.5) ? candidate.row.right : candidate.row.left);
  for (const Side side : kSides) {
    candidate.fingers[side] = sources.pool.fingers(candidate.row[side], side).contiguous();
    if (!within(candidate.fingers[side], sources.limits[side])) return {std::nullopt, Rejection::joint_limits};
  }

  candidate.sampled_knuckle = candidate.placement.knuckle_in_right;
  candidate.touching = sources.placements.touching(row);
  const Posed right = posed(sources.chains.right, candidate.shape, Matrix3::Identity(), candidate.fingers.right);
  const Posed left = posed(sources.chains.left, candidate.shape, candidate.placement.left_from_right, candidate.fingers.left);
  const Vector3 start = right.joints[kMiddleMcp] + candidate.sampled_knuckle - left.joints[kMiddleMcp];
  Vector3 shift = start;
  if (proximity(right.capsules, left.capsules, shift, 0).hand_distance > kMaxHands) return {std::nullopt, Rejection::too_far};
  if (const auto reason = bring_into_contact(right, left, candidate.touching, shift)) return {std::nullopt, *reason};
  if ((shift - start).norm() > kMaxMove) return {std::nullopt, Rejection::moved_away};
  candidate.placement.knuckle_in_right += shift - start;
  return {candidate, {}};
}

}  // namespace interprior
