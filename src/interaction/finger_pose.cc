#include "finger_pose.h"

#include <algorithm>
#include <numbers>

#include "interprior/interaction/canonical_view.h"

namespace interprior {
namespace {

constexpr double kDegree = std::numbers::pi / 180;

Matrix3 about(const Vector3& axis, double degrees) { return rotation_from_axis_angle(degrees * kDegree * axis); }

Matrix3& of_joint(Rotations& rotations, size_t joint) { return rotations[static_cast<size_t>(kFromMano[joint])]; }

double mixed(double low, double high, double part) { return low + (high - low) * part; }

// Relative abduction of each finger towards the thumb, index to pinky.
constexpr std::array<double, 4> kFan = {1.0, 0.2, -0.6, -1.3};

void sample_finger(const HandChain& chain, size_t finger, double curl, double fan, Random& random, Rotations& rotations) {
  const HandAxes& axes = chain.axes();
  const size_t knuckle = 5 + 4 * finger;
  const double lean = fan * kFan[finger] * (1 - 0.8 * curl) + 1.5 * random.normal();  // a bent finger has little abduction
  const double root = std::clamp(mixed(-8, 85, curl + 0.12 * random.normal()), -20.0, 90.0);
  const double middle = std::clamp(mixed(4, 100, curl + 0.12 * random.normal()), 0.0, 105.0);
  const double end = std::clamp(0.6 * middle + 6 * random.normal(), 0.0, 75.0);
  of_joint(rotations, knuckle) =
      about(chain.bending_axis(knuckle, axes.thumb), lean) * about(chain.bending_axis(knuckle, axes.palm), root);
  of_joint(rotations, knuckle + 1) = about(chain.bending_axis(knuckle + 1, axes.palm), middle);
  of_joint(rotations, knuckle + 2) = about(chain.bending_axis(knuckle + 2, axes.palm), end);
}

void sample_thumb(const HandChain& chain, double curl, Random& random, Rotations& rotations) {
  const HandAxes& axes = chain.axes();
  const double oppose = std::clamp(mixed(-4, 28, curl) + 9 * random.normal(), -15.0, 42.0);
  const double adduct = std::clamp(mixed(-4, 16, curl) + 7 * random.normal(), -15.0, 28.0);
  const double middle = std::clamp(mixed(-2, 32, curl + 0.2 * random.normal()), -8.0, 50.0);
  const double end = std::clamp(mixed(-6, 50, curl + 0.25 * random.normal()), -12.0, 70.0);
  const Vector3 inward = (axes.palm - axes.thumb).normalized();  // the thumb bends across the palm
  of_joint(rotations, 1) = about(chain.bending_axis(1, axes.palm), oppose) * about(chain.bending_axis(1, -axes.thumb), adduct);
  of_joint(rotations, 2) = about(chain.bending_axis(2, inward), middle);
  of_joint(rotations, 3) = about(chain.bending_axis(3, inward), end);
}

}  // namespace

Rotations sample_fingers(const HandChain& chain, const FingerDistribution& distribution, Random& random) {
  Rotations rotations;
  rotations.fill(Matrix3::Identity());
  const double hand = std::clamp(distribution.curl + distribution.curl_deviation * random.normal(), 0.0, 0.95);
  const bool gesture = distribution.independent > 0 && random.chance(distribution.independent);
  const double fan = (gesture ? 1.5 : 1) * distribution.abduction_stddev * random.normal();
  double neighbour = 0;  // correlates adjacent fingers, as tendons do
  for (size_t finger = 0; finger < 4; ++finger) {
    neighbour = gesture ? 0.3 * neighbour + 0.8 * (random.uniform() - hand)
                        : 0.6 * neighbour + 0.8 * distribution.finger_deviation * random.normal();
    sample_finger(chain, finger, std::clamp(hand + neighbour, 0.0, 1.0), fan, random, rotations);
  }
  sample_thumb(chain, std::clamp(hand + 0.15 * random.normal(), 0.0, 1.0), random, rotations);
  if (distribution.twist > 0)
    for (size_t joint = 1; joint < rotations.size(); ++joint)
      rotations[joint] = rotations[joint] * rotation_by(distribution.twist * sample_normal(random));
  return rotations;
}

}  // namespace interprior
