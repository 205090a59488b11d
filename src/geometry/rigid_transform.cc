#include "interprior/geometry/rigid_transform.h"

#include <Eigen/Geometry>
#include <cmath>

namespace interprior {

Matrix3 rotation_from_axis_angle(const Vector3& v) {
  const double angle = v.norm();
  const double a = angle < 1e-8 ? 1 : std::sin(angle) / angle;
  const double b = angle < 1e-8 ? 0.5 : (1 - std::cos(angle)) / (angle * angle);
  const double diagonal = 1 - b * angle * angle;
  const auto [x, y, z] = std::array{v[0], v[1], v[2]};
  return Matrix3{{diagonal + b * x * x, b * x * y - a * z, b * x * z + a * y},
                 {b * x * y + a * z, diagonal + b * y * y, b * y * z - a * x},
                 {b * x * z - a * y, b * y * z + a * x, diagonal + b * z * z}};
}

Vector3 axis_angle_from_rotation(const Matrix3& rotation) {
  const Eigen::AngleAxisd turn(Eigen::Quaterniond(rotation).normalized());
  return turn.angle() * turn.axis();
}

Vector3 mirrored(const Vector3& v) { return {-v[0], v[1], v[2]}; }

Matrix3 mirrored(const Matrix3& r) {
  return Matrix3{{r(0, 0), -r(0, 1), -r(0, 2)}, {-r(1, 0), r(1, 1), r(1, 2)}, {-r(2, 0), r(2, 1), r(2, 2)}};
}

}  // namespace interprior
