#include "interprior/interaction/canonical_view.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace interprior {

Matrix3 canonical_view(const HandAxes& right) {
  const HandAxes seen = {-Vector3::UnitY(), -Vector3::UnitX(), -Vector3::UnitZ()};
  return seen.matrix() * right.matrix().transpose();
}

Matrix3 rotation_by(const Vector3& axis_in_degrees) {
  return rotation_from_axis_angle(axis_in_degrees * (std::numbers::pi / 180));
}

Vector3 sample_normal(Random& random) {
  const double x = random.normal(), y = random.normal();  // fixes the evaluation order for all compilers
  return {x, y, random.normal()};
}

Matrix3 sample_view(const Matrix3& canonical, double degrees, Random& random) {
  const double half = degrees < 180 ? degrees / 2 : 180;
  const Matrix3 camera = sample_rotation(half, random), own = sample_rotation(half, random);
  return camera * own * canonical;
}

Matrix3 sample_rotation(double degrees, Random& random) {
  const double height = random.uniform(-1, 1), longitude = random.uniform(0, 2 * std::numbers::pi);
  const double ring = std::sqrt(1 - height * height);
  const Vector3 axis(ring * std::cos(longitude), ring * std::sin(longitude), height);
  // Uniform on SO(3): the angle's density is 1 - cos angle, its CDF angle - sin angle (unnormalised), inverted by bisection.
  const double most = std::min(degrees, 180.0) * std::numbers::pi / 180, goal = random.uniform() * (most - std::sin(most));
  double low = 0, high = most;
  for (int i = 0; i < 52; ++i) {
    const double middle = (low + high) / 2;
    (middle - std::sin(middle) < goal ? low : high) = middle;
  }
  return rotation_from_axis_angle(low * axis);
}

}  // namespace interprior
