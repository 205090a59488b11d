#include "interprior/interaction/pair_synthesis.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <optional>

#include "capsule_hand.h"
#include "finger_pose.h"
#include "hand_approach.h"
#include "interprior/base/error.h"
#include "interprior/hand/contact.h"
#include "interprior/interaction/canonical_view.h"

namespace interprior {
namespace {

constexpr int kAttempts = 40;
constexpr double kMaxKnuckle = 0.26;  // m

// Distribution of the moving hand's placement, in the fixed hand's axes (fingers, palm, thumb).
struct Placement {
  double turn, turn_stddev;   // degrees in the plane of the palm
  double tilt;                // degrees, standard deviation of rotations about any axis
  Vector3 offset, deviation;  // m, mean and standard deviation, of the middle MCP joints
  double stacked;             // probability of palms facing the same side instead of each other, fingers rather opposed
  Vector3 stacked_offset;     // m, mean if stacked
};

struct KindDistribution {
  double share;  // fraction of all interactions
  FingerDistribution fingers;
  Placement placement;
  bool contact;
};

const KindDistribution& distribution_of(InteractionKind kind) {
  // Chosen so that the mixture of kinds has InterHand2.6M's statistics (pattern_statistics.h).
  static const std::array<KindDistribution, 4> distributions = {{
      {0.42,
       {0.28, 0.22, 0.12, 7},
       {22, 36, 24, {-0.020, 0.195, -0.050}, {0.010, 0.090, 0.095}, 0.24, {-0.01, 0.095, -0.01}},
       false},  // reach
      {0.28,
       {0.42, 0.16, 0.10, 6},
       {40, 32, 16, {-0.010, 0.130, -0.035}, {0.010, 0.055, 0.070}, 0.22, {0.00, 0.09, -0.01}},
       true},  // clasp
      {0.20,
       {0.34, 0.18, 0.14, 6},
       {70, 45, 24, {-0.040, 0.140, -0.060}, {0.020, 0.060, 0.055}, 0.12, {0.04, 0.06, -0.02}},
       true},  // touch
      {0.10,
       {0.22, 0.16, 0.09, 6},
       {90, 22, 12, {0.000, 0.090, -0.010}, {0.020, 0.020, 0.030}, 0.34, {0.00, 0.08, 0}},
       true},  // cross
  }};
  return distributions[static_cast<size_t>(kind)];
}

InteractionKind sample_kind(Random& random) {
  double left = random.uniform();
  for (const InteractionKind kind : {InteractionKind::reach, InteractionKind::clasp, InteractionKind::touch}) {
    left -= distribution_of(kind).share;
    if (left < 0) return kind;
  }
  return InteractionKind::cross;
}

// Samples one person's shapes. Variety 0: size (first coefficient) and others with standard deviations 0.19 to 0.08, as in MANO
// fits to InterHand2.6M; hands nearly equal. Variety 1: standard deviation 1, and right and left differ by 0.2 (1 % in size).
PerHand<ShapeNumbers> sample_shapes(double variety, Random& random) {
  PerHand<ShapeNumbers> shapes;
  for (size_t k = 0; k < 10; ++k) {
    shapes.right[k] = (k == 0 ? 1.07 : std::lerp(0.205 - 0.0139 * static_cast<double>(k), 1, variety)) * random.normal();
    shapes.left[k] = shapes.right[k] + std::lerp(0.02, 0.2, variety) * random.normal();
  }
  return shapes;
}

// A posed hand relative to its wrist, with its joints and capsules.
struct Posed {
  PosedHand hand;
  HandJoints joints;
  CapsuleHand capsules;
};

Posed pose_hand(const HandChain& chain, const ShapeNumbers& shape, const Rotations& rotations) {
  Posed posed;
  posed.hand.shape = shape;
  posed.hand.rotations = rotations;
  posed.joints = HandChain::posed(chain.rest(shape), rotations);
  posed.capsules = capsule_hand(posed.joints, rotations[0] * chain.axes().fingers);
  return posed;
}

std::optional<Rotations> sample_hand(const HandChain& chain, const ShapeNumbers& shape, const FingerDistribution& distribution,
                                     Random& random) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const Rotations rotations = sample_fingers(chain, distribution, random);
    if (thumb_overlap(pose_hand(chain, shape, rotations).capsules) < kMaxOverlap) return rotations;
  }
  return std::nullopt;
}

// Samples the moving wrist's rotation in the frame of the fixed hand's wrist.
Matrix3 sample_facing(const HandAxes& fixed, const HandAxes& moving, const Placement& placement, bool stacked, Random& random) {
  const HandAxes goal =
      stacked ? HandAxes{fixed.fingers, fixed.palm, -fixed.thumb} : HandAxes{fixed.fingers, -fixed.palm, fixed.thumb};
  const double mean = stacked ? 180 - placement.turn : placement.turn, sign = random.chance(0.8) ? 1 : -1;
  const Vector3 to_thumb =
      fixed.fingers.cross(fixed.thumb);  // forearms come from the two sides: fingers turn to the other's thumb
  const Matrix3 in_plane = rotation_by((sign * mean + placement.turn_stddev * random.normal()) * to_thumb);
  return rotation_by(placement.tilt * sample_normal(random)) * in_plane * goal.matrix() * moving.matrix().transpose();
}

// Places a finger tip of the moving hand on a tip or a bone of the fixed hand.
void meet_with_tip(const Posed& fixed, const Posed& moving, Random& random, Vector3& shift) {
  const auto sample_tip = [&] {
    return static_cast<size_t>(kTips[static_cast<size_t>(random.integer(3))]) - 1;
  };  // thumb, index, middle
  const size_t tip = sample_tip(), bone = random.chance(0.35) ? sample_tip() : static_cast<size_t>(random.integer(kBones));
  const double along = bone % 4 == 3 ? 1 : random.uniform();
  const Vector3 goal = fixed.capsules.start[bone] + along * (fixed.capsules.end[bone] - fixed.capsules.start[bone]);
  const Vector3 away = (moving.joints[kMiddleMcp] + shift - goal).normalized() + 0.4 * sample_normal(random);
  const double gap = fixed.capsules.radius[bone] + moving.capsules.radius[tip];
  shift = goal + gap * away.normalized() - moving.capsules.end[tip];
}

bool bring_into_contact(InteractionKind kind, const Posed& fixed, const Posed& moving, Random& random, Vector3& shift) {
  if (kind == InteractionKind::touch) meet_with_tip(fixed, moving, random, shift);
  if (!separate(fixed.capsules, moving.capsules, kMaxOverlap, shift)) return false;
  if (!distribution_of(kind).contact) return true;
  const Vector3 goal = fixed.joints[kMiddleMcp] + 0.01 * sample_normal(random);
  for (int round = 0; round < 4; ++round) {
    const Proximity now = proximity(fixed.capsules, moving.capsules, shift, kMaxOverlap);
    if (now.hand_distance < kMaxContact) return now.distance > -kMaxOverlap;
    const Vector3 centre = moving.joints[kMiddleMcp] + shift;
    const Vector3 direction = round == 0 ? Vector3((goal - centre).normalized()) : Vector3(-now.away);
    approach(fixed.capsules, moving.capsules, direction, kMaxContact, shift);
  }
  return false;
}

bool plausible(const Posed& fixed, const Posed& moving, const Vector3& shift) {
  const Vector3 knuckles = moving.joints[kMiddleMcp] + shift - fixed.joints[kMiddleMcp];
  return knuckles.norm() < kMaxKnuckle && proximity(fixed.capsules, moving.capsules, shift, 0).hand_distance < 0.09;
}

std::optional<HandPair> try_pair(const PerHand<HandChain>& chains, InteractionKind kind, double variety, Random& random) {
  KindDistribution distribution = distribution_of(kind);
  distribution.fingers.independent = 0.5 * variety;
  distribution.fingers.twist = 2 * variety;
  const PerHand<ShapeNumbers> shapes = sample_shapes(variety, random);
  const Side side = random.chance(0.5) ? Side::left : Side::right;  // the fixed hand: either side is equally likely
  const HandChain &still = chains[side], &mobile = chains[other(side)];
  const auto fixed_fingers = sample_hand(still, shapes[side], distribution.fingers, random);
  auto moving_fingers = sample_hand(mobile, shapes[other(side)], distribution.fingers, random);
  if (!fixed_fingers || !moving_fingers) return std::nullopt;
  const bool stacked = random.chance(distribution.placement.stacked);
  (*moving_fingers)[0] = sample_facing(still.axes(), mobile.axes(), distribution.placement, stacked, random);

  const Posed fixed = pose_hand(still, shapes[side], *fixed_fingers);
  Posed moving = pose_hand(mobile, shapes[other(side)], *moving_fingers);
  const Vector3 mean = stacked ? distribution.placement.stacked_offset : distribution.placement.offset;
  const Vector3 offset = mean + distribution.placement.deviation.cwiseProduct(sample_normal(random));
  Vector3 shift = fixed.joints[kMiddleMcp] + still.axes().matrix() * offset - moving.joints[kMiddleMcp];
  if (!bring_into_contact(kind, fixed, moving, random, shift) || !plausible(fixed, moving, shift)) return std::nullopt;
  moving.hand.wrist = shift;

  HandPair pair;
  pair.kind = kind;
  pair.hand[side] = fixed.hand;
  pair.hand[other(side)] = moving.hand;
  return pair;
}

}  // namespace

HandPair synthesize_pair(const PerHand<HandChain>& chains, double variety, Seed seed) {
  Random choice(seed);
  const InteractionKind kind = sample_kind(choice);
  for (uint64_t attempt = 0;; ++attempt) {
    Random random(seed.derive(attempt));
    // With unusual hand proportions a kind may fail; `reach` is the fallback.
    if (auto pair = try_pair(chains, attempt < 200 ? kind : InteractionKind::reach, variety, random)) return *pair;
    require(attempt < 2000, "no plausible interaction could be made with this hand file", "",
            "check its joints: interprior inspect");
  }
}

}  // namespace interprior
