#include "interprior/geometry/rigid_transform.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "interprior/geometry/rotation.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

torch::Tensor tensor_of(const Matrix3& matrix) {
  return torch::from_blob(const_cast<double*>(matrix.data()), {3, 3}, torch::kFloat64).clone();
}

Vector3 random_vector(Random& random, double scale) {
  const double x = random.normal(), y = random.normal();
  return scale * Vector3(x, y, random.normal());
}

RigidTransform random_transform(Random& random) {
  return {rotation_from_axis_angle(random_vector(random, 1.5)), random_vector(random, 0.3)};
}

TEST(RigidTransform, DefaultsAreZeroVectorsZeroMatricesAndTheIdentity) {
  alignas(Vector3) unsigned char garbage[sizeof(Vector3)];
  std::fill(std::begin(garbage), std::end(garbage), 0xAB);
  EXPECT_TRUE((new (garbage) Vector3())->isZero(0));
  const std::array<Vector3, 5> many;
  for (const Vector3& one : many) EXPECT_TRUE(one.isZero(0));
  EXPECT_TRUE(Matrix3().isZero(0));
  EXPECT_TRUE(RigidTransform() * Vector3(1, 2, 3) == Vector3(1, 2, 3));
}

TEST(RigidTransform, ProductsChainAndInversesUndo) {
  Random random(Seed{1});
  for (int i = 0; i < 50; ++i) {
    const RigidTransform c_from_b = random_transform(random), b_from_a = random_transform(random);
    const Vector3 x = random_vector(random, 1);
    EXPECT_TRUE((c_from_b * b_from_a * x).isApprox(c_from_b * (b_from_a * x), 1e-14));
    EXPECT_TRUE((b_from_a.inverse() * (b_from_a * x)).isApprox(x, 1e-14));
  }
}

TEST(RigidTransform, MatricesAreStoredRowByRow) {
  const Matrix3 matrix{{1, 2, 3}, {4, 5, 6}, {7, 8, 9}};
  for (int i = 0; i < 9; ++i) EXPECT_EQ(matrix.data()[i], i + 1);
}

TEST(RigidTransform, RotationsAreThoseOfTensors) {
  Random random(Seed{2});
  for (const double scale : {0.0, 1e-9, 1e-3, 1.0, 1.8}) {
    const Vector3 angles = random_vector(random, scale);
    const torch::Tensor tensor = torch::tensor({angles[0], angles[1], angles[2]}, torch::kFloat64);
    const Matrix3 rotation = rotation_from_axis_angle(angles);
    EXPECT_THAT(tensor_of(rotation), TensorNear(matrix_from_axis_angle(tensor), 1e-12));
    const Vector3 back = axis_angle_from_rotation(rotation);
    EXPECT_LE(back.norm(), 3.1416);
    EXPECT_TRUE(rotation_from_axis_angle(back).isApprox(rotation, 1e-12));
  }
}

TEST(RigidTransform, MirrorsAreThoseOfTensors) {
  Random random(Seed{3});
  const RigidTransform moved = random_transform(random);
  EXPECT_THAT(tensor_of(mirrored(moved.rotation)), TensorNear(mirror_rotation(tensor_of(moved.rotation)), 0));
  EXPECT_TRUE(mirrored(Vector3(moved.rotation * moved.translation))
                  .isApprox(mirrored(moved.rotation) * mirrored(moved.translation), 1e-14));
}

}  // namespace
}  // namespace interprior
