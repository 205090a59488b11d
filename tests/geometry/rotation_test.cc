#include "interprior/geometry/rotation.h"

#include <gtest/gtest.h>
#include <torch/autograd.h>
#include <torch/types.h>

#include <cmath>

#include "support/numerical_gradient.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

const double kPi = std::acos(-1.0);

torch::Tensor doubles(std::vector<double> values) { return torch::tensor(values, torch::kFloat64); }

torch::Tensor random_rotations(int64_t count, uint64_t seed) {
  Random random(Seed{seed});
  std::vector<torch::Tensor> rotations;
  for (int64_t i = 0; i < count; ++i) rotations.push_back(random_rotation(random));
  return torch::stack(rotations);
}

torch::Tensor random_axis_angles(int64_t count, uint64_t seed, double largest_angle) {
  Random random(Seed{seed});
  torch::Tensor result = torch::empty({count, 3}, torch::kFloat64);
  for (int64_t i = 0; i < count; ++i) {
    const torch::Tensor v = doubles({random.normal(), random.normal(), random.normal()});
    result[i] = v / v.norm() * random.uniform(0, largest_angle);
  }
  return result;
}

// A scalar function that depends on every matrix entry.
torch::Tensor weighed(const torch::Tensor& values) {
  const torch::Tensor weights = torch::arange(1, values.numel() + 1, torch::kFloat64).sin();
  return (values.flatten() * weights).sum();
}

TEST(Rotation, KnownQuarterTurns) {
  const auto expect_turn = [](const torch::Tensor& axis_angle, const torch::Tensor& rows) {
    EXPECT_THAT(matrix_from_axis_angle(axis_angle), TensorNear(rows.view({3, 3}), 1e-15));
  };
  expect_turn(doubles({0, 0, kPi / 2}), doubles({0, -1, 0, 1, 0, 0, 0, 0, 1}));
  expect_turn(doubles({kPi / 2, 0, 0}), doubles({1, 0, 0, 0, 0, -1, 0, 1, 0}));
  expect_turn(doubles({0, kPi / 2, 0}), doubles({0, 0, 1, 0, 1, 0, -1, 0, 0}));
}

TEST(Rotation, MatricesAreRotationsAndKeepLeadingDimensions) {
  const torch::Tensor r = matrix_from_axis_angle(random_axis_angles(60, 1, 9.0).view({3, 4, 5, 3}));
  ASSERT_EQ(r.sizes(), (std::vector<int64_t>{3, 4, 5, 3, 3}));
  EXPECT_THAT(torch::matmul(r, r.transpose(-1, -2)), TensorNear(torch::eye(3, torch::kFloat64).expand({3, 4, 5, 3, 3}), 1e-14));
  EXPECT_THAT(torch::linalg_det(r), TensorNear(torch::ones({3, 4, 5}, torch::kFloat64), 1e-14));
}

TEST(Rotation, AgreesWithTheMatrixExponential) {
  const torch::Tensor a = random_axis_angles(50, 2, 6.0);
  const auto v = a.unbind(-1);
  const torch::Tensor zero = torch::zeros_like(v[0]);
  const torch::Tensor skew = torch::stack({zero, -v[2], v[1], v[2], zero, -v[0], -v[1], v[0], zero}, -1).view({50, 3, 3});
  EXPECT_THAT(matrix_from_axis_angle(a), TensorNear(torch::linalg_matrix_exp(skew), 1e-13));
}

TEST(Rotation, SeriesAndClosedFormMeet) {
  for (const double angle : {1e-12, 1e-6, 1e-3, 0.0499, 0.0501}) {
    const torch::Tensor a = doubles({0.6, 0, 0.8}) * angle;
    EXPECT_THAT(axis_angle_from_matrix(matrix_from_axis_angle(a)), TensorNear(a, 1e-15)) << angle;
    EXPECT_NEAR(matrix_from_axis_angle(doubles({0, 0, angle}))[0][0].item<double>(), std::cos(angle), 3e-16);
  }
}

TEST(Rotation, AxisAngleRoundTrip) {
  const torch::Tensor a = random_axis_angles(2000, 3, kPi - 1e-9);
  EXPECT_THAT(axis_angle_from_matrix(matrix_from_axis_angle(a)), TensorNear(a, 1e-13));
  const torch::Tensor r = random_rotations(2000, 4);
  const torch::Tensor back = axis_angle_from_matrix(r);
  EXPECT_THAT(matrix_from_axis_angle(back), TensorNear(r, 1e-14));
  EXPECT_LE(back.norm(2, -1).max().item<double>(), kPi + 1e-15);
}

TEST(Rotation, AxisAngleOfTheIdentityIsZero) {
  EXPECT_THAT(axis_angle_from_matrix(torch::eye(3, torch::kFloat64)), TensorNear(torch::zeros({3}, torch::kFloat64), 0));
}

TEST(Rotation, HalfTurnsRoundTripAboutTheSameAxis) {
  Random random(Seed{5});
  std::vector<torch::Tensor> axes = {doubles({1, 0, 0}), doubles({0, 1, 0}), doubles({0, 0, 1}), doubles({0.6, 0.8, 0})};
  for (int i = 0; i < 50; ++i) {
    const torch::Tensor v = doubles({random.normal(), random.normal(), random.normal()});
    axes.push_back(v / v.norm());
  }
  for (const torch::Tensor& axis : axes) {
    const torch::Tensor half_turn = 2 * torch::outer(axis, axis) - torch::eye(3, torch::kFloat64);  // exactly pi
    const torch::Tensor back = axis_angle_from_matrix(half_turn);
    EXPECT_NEAR(back.norm().item<double>(), kPi, 1e-14);
    EXPECT_NEAR(std::abs((back * axis).sum().item<double>()), kPi, 1e-14);
  }
}

TEST(Rotation, AxisAngleIsAccurateInFloatNearPi) {
  const torch::Tensor axis = doubles({0.36, 0.48, 0.8});
  for (const double below : {1e-1, 1e-2, 1e-3, 1e-4}) {
    const torch::Tensor a = axis * (kPi - below);
    const torch::Tensor back = axis_angle_from_matrix(matrix_from_axis_angle(a).to(torch::kFloat32));
    EXPECT_THAT(back, TensorNear(a, 1e-6)) << below;
  }
}

TEST(Rotation, SixRoundTripAndOrder) {
  const torch::Tensor r = random_rotations(100, 6);
  const torch::Tensor rot6d = rot6d_from_matrix(r);
  EXPECT_THAT(rot6d.narrow(-1, 0, 3), TensorNear(r.select(-1, 0), 0));
  EXPECT_THAT(rot6d.narrow(-1, 3, 3), TensorNear(r.select(-1, 1), 0));
  EXPECT_THAT(matrix_from_rot6d(rot6d), TensorNear(r, 1e-14));
}

TEST(Rotation, SixIgnoresLengthAndKeepsTheFirstColumnsDirection) {
  const torch::Tensor r = random_rotations(1, 7)[0];
  const torch::Tensor a = r.select(-1, 0), b = r.select(-1, 1);
  EXPECT_THAT(matrix_from_rot6d(torch::cat({3 * a, 0.1 * b + 7 * a})), TensorNear(r, 1e-12));
}

TEST(Rotation, SixOfAnythingIsARotationWithFiniteGradients) {
  const std::vector<torch::Tensor> hostile = {torch::zeros({6}, torch::kFloat64), doubles({1, 2, 3, 2, 4, 6}),
                                              doubles({1, 0, 0, -1, 0, 0}),       doubles({0, 0, 0, 1, 0, 0}),
                                              doubles({0, 5, 0, 0, 0, 0}),        doubles({1e-200, 0, 0, 0, 1e-200, 0}),
                                              doubles({1, 1, 1, 1, 1, 1 + 1e-12})};
  for (const torch::Tensor& rot6d : hostile) {
    const torch::Tensor r = matrix_from_rot6d(rot6d);
    EXPECT_THAT(torch::matmul(r, r.t()), TensorNear(torch::eye(3, torch::kFloat64), 1e-7));
    EXPECT_NEAR(torch::linalg_det(r).item<double>(), 1, 1e-7);
    const torch::Tensor gradient = autograd_gradient([](const torch::Tensor& x) { return weighed(matrix_from_rot6d(x)); }, rot6d);
    EXPECT_TRUE(torch::isfinite(gradient).all().item<bool>());
  }
}

TEST(Rotation, GradientsAgreeWithDifferences) {
  const auto of_axis_angle = [](const torch::Tensor& x) { return weighed(matrix_from_axis_angle(x)); };
  for (const torch::Tensor& a : {doubles({0, 0, 0}), doubles({1e-5, -2e-5, 1e-5}), doubles({0.03, 0.03, 0.01}),
                                 doubles({0.4, -1.1, 0.7}), doubles({kPi, 0, 0}), doubles({0, 2 * kPi, 0})})
    EXPECT_THAT(autograd_gradient(of_axis_angle, a), TensorNear(numerical_gradient(of_axis_angle, a), 2e-9));

  const auto of_matrix = [](const torch::Tensor& x) { return weighed(axis_angle_from_matrix(x)); };
  for (const torch::Tensor& a : {doubles({0, 0, 0}), doubles({0.01, 0, 0.01}), doubles({0.4, -1.1, 0.7}),
                                 doubles({2.9, 0.3, 0.2}), doubles({0.1, 2.9, 0.3}), doubles({0.2, -0.3, 2.9})}) {
    const torch::Tensor r = matrix_from_axis_angle(a);
    EXPECT_THAT(autograd_gradient(of_matrix, r), TensorNear(numerical_gradient(of_matrix, r), 2e-7));
  }

  const auto of_six = [](const torch::Tensor& x) { return weighed(matrix_from_rot6d(x)); };
  const torch::Tensor rot6d = doubles({0.3, -1.2, 0.5, 0.9, 0.1, 0.2});
  EXPECT_THAT(autograd_gradient(of_six, rot6d), TensorNear(numerical_gradient(of_six, rot6d), 1e-8));

  const torch::Tensor other = matrix_from_axis_angle(doubles({0.1, 0.2, -0.3}));
  const auto of_angle = [&](const torch::Tensor& x) { return geodesic_angle(x, other).sum(); };
  const torch::Tensor r = matrix_from_axis_angle(doubles({1.0, -0.5, 0.9}));
  EXPECT_THAT(autograd_gradient(of_angle, r), TensorNear(numerical_gradient(of_angle, r), 1e-8));
}

TEST(Rotation, GradientsAreFiniteAtHalfTurnsAndTheIdentity) {
  const torch::Tensor identity = torch::eye(3, torch::kFloat64);
  const torch::Tensor half_turn = torch::diag(doubles({-1, 1, -1}));
  for (const torch::Tensor& r : {identity, half_turn}) {
    for (const auto& f : std::vector<std::function<torch::Tensor(const torch::Tensor&)>>{
             [](const torch::Tensor& x) { return weighed(axis_angle_from_matrix(x)); },
             [&](const torch::Tensor& x) { return geodesic_angle(x, identity.to(x.scalar_type())).sum(); },
             [](const torch::Tensor& x) { return weighed(nearest_rotation(x)); }}) {
      for (const auto type : {torch::kFloat64, torch::kFloat32}) {
        const torch::Tensor leaf = r.to(type).clone().requires_grad_(true);
        const torch::Tensor gradient = torch::autograd::grad({f(leaf).to(torch::kFloat64)}, {leaf})[0];
        EXPECT_TRUE(torch::isfinite(gradient).all().item<bool>());
        EXPECT_LT(gradient.abs().max().item<double>(), 100);
      }
    }
  }
}

TEST(Rotation, GeodesicAngleIsTheAngleBetween) {
  const torch::Tensor base = random_rotations(300, 8), a = random_axis_angles(300, 9, kPi);
  EXPECT_THAT(geodesic_angle(base, torch::matmul(base, matrix_from_axis_angle(a))), TensorNear(a.norm(2, -1), 1e-13));
  EXPECT_EQ(geodesic_angle(torch::eye(3), torch::eye(3)).item<double>(), 0);
  EXPECT_NEAR(geodesic_angle(torch::eye(3, torch::kFloat64), torch::diag(doubles({-1, -1, 1}))).item<double>(), kPi, 1e-15);
  const torch::Tensor tiny = matrix_from_axis_angle(doubles({1e-9, 0, 0}));  // acos of the trace would give zero
  EXPECT_NEAR(geodesic_angle(torch::eye(3, torch::kFloat64), tiny).item<double>(), 1e-9, 1e-18);
}

TEST(Rotation, NearestRotationBeatsItsNeighbours) {
  const torch::Tensor m = doubles({1.2, 0.3, -0.1, -0.2, 0.7, 0.4, 0.1, 0.2, -0.9}).view({3, 3});  // det < 0
  const torch::Tensor nearest = nearest_rotation(m);
  EXPECT_NEAR(torch::linalg_det(nearest).item<double>(), 1, 1e-14);
  const double distance = (nearest - m).norm().item<double>();
  const torch::Tensor near = torch::matmul(nearest, matrix_from_axis_angle(random_axis_angles(500, 11, 0.05)));
  const torch::Tensor others = torch::cat({random_rotations(500, 10), near});
  EXPECT_LE(distance, (others - m).flatten(1).norm(2, -1).min().item<double>());
  EXPECT_THAT(nearest_rotation(random_rotations(20, 12) * 3), TensorNear(random_rotations(20, 12), 1e-14));
}

TEST(Rotation, NearestRotationGradient) {
  const auto f = [](const torch::Tensor& x) { return weighed(nearest_rotation(x)); };
  const torch::Tensor general = torch::tensor({1.2, 0.3, -0.1, -0.2, 0.7, 0.4, 0.1, 0.2, 0.9}, torch::kFloat64).view({3, 3});
  const torch::Tensor reflected = torch::matmul(general, torch::diag(doubles({1, 1, -0.3})));
  for (const torch::Tensor& m : {general, reflected, random_rotations(1, 13)[0], torch::eye(3, torch::kFloat64).contiguous()})
    EXPECT_THAT(autograd_gradient(f, m), TensorNear(numerical_gradient(f, m), 1e-8));
  const torch::Tensor undefined = autograd_gradient(f, torch::zeros({3, 3}, torch::kFloat64));
  EXPECT_THAT(undefined, TensorNear(torch::zeros({3, 3}, torch::kFloat64), 0));
}

TEST(Rotation, ChordalMean) {
  const torch::Tensor centre = random_rotations(4, 14), a = random_axis_angles(4, 15, 1.0);
  const torch::Tensor there = matrix_from_axis_angle(a), back = matrix_from_axis_angle(-a);
  const torch::Tensor pair = torch::stack({torch::matmul(centre, there), torch::matmul(centre, back)});
  EXPECT_THAT(chordal_mean(pair), TensorNear(centre, 1e-14));
}

TEST(Rotation, MirrorIsConjugationByM) {
  const torch::Tensor m = torch::diag(doubles({-1, 1, 1})), r = random_rotations(10, 16), v = random_axis_angles(10, 17, 2.0);
  EXPECT_THAT(mirror_rotation(r), TensorNear(torch::matmul(torch::matmul(m, r), m), 0));
  EXPECT_THAT(mirror_vector(v), TensorNear(torch::matmul(v, m), 0));
  EXPECT_THAT(mirror_rotation(mirror_rotation(r)), TensorNear(r, 0));
  const torch::Tensor axis_angle = v * doubles({1, -1, -1});  // (x, -y, -z): the axis is a pseudovector
  EXPECT_THAT(mirror_rotation(matrix_from_axis_angle(v)), TensorNear(matrix_from_axis_angle(axis_angle), 1e-15));
}

TEST(Rotation, RandomRotationsAreUniform) {
  const torch::Tensor r = random_rotations(20'000, 18);
  EXPECT_THAT(torch::linalg_det(r), TensorNear(torch::ones({20'000}, torch::kFloat64), 1e-14));
  EXPECT_THAT(r.mean(0), TensorNear(torch::zeros({3, 3}, torch::kFloat64), 0.02));
  EXPECT_THAT(r.square().mean(0), TensorNear(torch::full({3, 3}, 1.0 / 3, torch::kFloat64), 0.01));
  // Density of the angle on SO(3): (1 - cos t) / pi, hence a mean of pi / 2 + 2 / pi.
  const torch::Tensor angle = geodesic_angle(torch::eye(3, torch::kFloat64).expand_as(r), r);
  EXPECT_NEAR(angle.mean().item<double>(), kPi / 2 + 2 / kPi, 0.02);
}

TEST(Rotation, OtherShapesAndValuesAreErrors) {
  EXPECT_THAT([] { matrix_from_axis_angle(torch::zeros({2, 4})); }, ThrowsError(HasSubstr("matrix_from_axis_angle: got (2, 4)")));
  EXPECT_THAT([] { axis_angle_from_matrix(torch::zeros({3})); }, ThrowsError(HasSubstr("(..., 3, 3)")));
  EXPECT_THAT([] { matrix_from_rot6d(torch::zeros({5})); }, ThrowsError(HasSubstr("(..., 6)")));
  EXPECT_THAT([] { matrix_from_axis_angle(torch::zeros({3}, torch::kInt64)); }, ThrowsError(HasSubstr("int64")));
  EXPECT_THAT([] { chordal_mean(torch::zeros({0, 3, 3})); }, ThrowsError(HasSubstr("at least one")));
  EXPECT_THAT([] { nearest_rotation(torch::full({3, 3}, NAN)); }, ThrowsError(HasSubstr("not finite")));
}

TEST(Rotation, EmptyBatchesPass) {
  EXPECT_EQ(matrix_from_axis_angle(torch::zeros({0, 3})).sizes(), (std::vector<int64_t>{0, 3, 3}));
  EXPECT_EQ(axis_angle_from_matrix(torch::zeros({0, 3, 3})).sizes(), (std::vector<int64_t>{0, 3}));
  EXPECT_EQ(nearest_rotation(torch::zeros({0, 3, 3})).sizes(), (std::vector<int64_t>{0, 3, 3}));
}

}  // namespace
}  // namespace interprior
