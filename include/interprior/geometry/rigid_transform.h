#pragma once
#include <Eigen/Core>
#include <array>

// Geometry in plain numbers (float64), for code without tensors: loaders, generators, file formats, evaluation.
namespace interprior {

// Both start as zero: the library and those who link it define EIGEN_INITIALIZE_MATRICES_BY_ZERO.
using Vector3 = Eigen::Vector3d;
using Matrix3 = Eigen::Matrix<double, 3, 3, Eigen::RowMajor>;  // the layout of LibTorch, OpenCV and the file formats

// A rigid motion b_from_a: x_in_b = rotation x_in_a + translation. Products chain from right to left: c_from_b * b_from_a.
struct RigidTransform {
  Matrix3 rotation = Matrix3::Identity();
  Vector3 translation;  // m

  Vector3 operator*(const Vector3& x_in_a) const { return rotation * x_in_a + translation; }
  RigidTransform operator*(const RigidTransform& a_from_z) const {
    return {rotation * a_from_z.rotation, rotation * a_from_z.translation + translation};
  }
  RigidTransform inverse() const { return {rotation.transpose(), -(rotation.transpose() * translation)}; }
  bool operator==(const RigidTransform& other) const { return rotation == other.rotation && translation == other.translation; }
};

// A rotation matrix from its axis-angle vector, rad (Rodrigues' formula; for tensors see geometry/rotation.h), and the inverse,
// with an angle in [0, pi].
Matrix3 rotation_from_axis_angle(const Vector3& axis_angle);
Vector3 axis_angle_from_rotation(const Matrix3& rotation);

// Mirror at the plane x = 0, M = diag(-1, 1, 1): M v and M R M.
Vector3 mirrored(const Vector3& v);
Matrix3 mirrored(const Matrix3& rotation);

}  // namespace interprior
