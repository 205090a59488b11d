#include "capsule_hand.h"

#include <torch/types.h>

#include <algorithm>
#include <limits>

#include "interprior/geometry/distance.h"
#include "interprior/hand/contact.h"

namespace interprior {
namespace {

constexpr double kForearmLength = 0.22, kForearmRadius = 0.028;  // m

const std::array<double, kCapsules>& radii() {
  static const std::array<double, kCapsules> numbers = [] {
    const torch::Tensor bones = bone_radii(torch::kCPU, torch::kFloat64).contiguous();
    std::array<double, kCapsules> values{};
    std::copy_n(bones.const_data_ptr<double>(), kBones, values.begin());
    values[kCapsules - 1] = kForearmRadius;
    return values;
  }();
  return numbers;
}

// Bounding sphere of a capsule: skips distant pairs.
struct Bound {
  Vector3 centre;
  double reach;
};

Bound bound_of(const CapsuleHand& hand, size_t i) {
  return {(hand.start[i] + hand.end[i]) / 2, (hand.end[i] - hand.start[i]).norm() / 2 + hand.radius[i]};
}

}  // namespace

CapsuleHand capsule_hand(const HandJoints& joints, const Vector3& fingers) {
  CapsuleHand hand;
  hand.radius = radii();
  for (size_t bone = 0; bone + 1 < kCapsules; ++bone) {
    hand.start[bone] = joints[static_cast<size_t>(kParents[bone + 1])];
    hand.end[bone] = joints[bone + 1];
  }
  // A tip joint is on the skin, so the axis of its capsule ends one radius before it.
  for (const int64_t tip : kTips) {
    const auto bone = static_cast<size_t>(tip - 1);
    const Vector3 along = hand.end[bone] - hand.start[bone];
    const double length = std::max(along.norm(), 1e-7);
    hand.end[bone] = hand.start[bone] + along * std::max(0.0, 1 - hand.radius[bone] / length);
  }
  hand.start[kCapsules - 1] = joints[kWrist] - 0.02 * fingers;
  hand.end[kCapsules - 1] = joints[kWrist] - kForearmLength * fingers;
  return hand;
}

Proximity proximity(const CapsuleHand& fixed, const CapsuleHand& moving, const Vector3& shift, double allowed_overlap) {
  Proximity result;
  result.distance = result.hand_distance = std::numeric_limits<double>::infinity();
  result.away = Vector3::UnitX();
  result.push.setZero();
  std::array<Bound, kCapsules> bounds;
  for (size_t j = 0; j < kCapsules; ++j) bounds[j] = bound_of(moving, j);
  double weight = 0, deepest = 0;
  for (size_t i = 0; i < kCapsules; ++i) {
    const Bound own = bound_of(fixed, i);
    for (size_t j = 0; j < kCapsules; ++j) {
      const double reach = own.reach + bounds[j].reach + std::max(result.hand_distance, 0.0);
      if ((bounds[j].centre + shift - own.centre).squaredNorm() > reach * reach) continue;
      const Vector3 gap = between_segments(moving.start[j] + shift, moving.end[j] + shift, fixed.start[i], fixed.end[i]);
      const double length = gap.norm(), distance = length - fixed.radius[i] - moving.radius[j];
      const Vector3 direction = length > 1e-9 ? Vector3(gap / length) : Vector3(Vector3::UnitX());
      result.distance = std::min(result.distance, distance);
      if (distance < result.hand_distance && i + 1 < kCapsules && j + 1 < kCapsules) {
        result.hand_distance = distance;
        result.away = direction;
      }
      if (const double depth = -distance - allowed_overlap; depth > 0) {
        result.push += depth * direction;
        weight += depth;
        deepest = std::max(deepest, depth);
      }
    }
  }
  if (weight > 0) result.push *= deepest / weight;
  return result;
}

double thumb_overlap(const CapsuleHand& hand) {
  double deepest = 0;
  for (size_t thumb = 2; thumb < 4; ++thumb)
    for (size_t bone = 5; bone + 1 < kCapsules; ++bone) {
      if (bone % 4 == 0) continue;  // the palm's bones: the thumb rests on them
      const double distance = between_segments(hand.start[thumb], hand.end[thumb], hand.start[bone], hand.end[bone]).norm();
      deepest = std::max(deepest, hand.radius[thumb] + hand.radius[bone] - distance);
    }
  return deepest;
}

}  // namespace interprior
