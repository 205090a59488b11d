#include "interprior/infer/one_euro.h"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "interprior/base/seed.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

constexpr OneEuroOptions kOptions{1.5, 2, 1};

// Algorithm 1 of the paper for one number, after its pseudo-code, with its smoothing factor alpha = 1 / (1 + tau / Te).
std::vector<double> as_in_the_paper(const std::vector<double>& samples, double seconds, const OneEuroOptions& options) {
  const auto alpha = [&](double cutoff) {
    const double tau = 1 / (2 * std::numbers::pi * cutoff);
    return 1 / (1 + tau / seconds);
  };
  std::vector<double> outputs = {samples.front()};
  double speed = 0;
  for (size_t i = 1; i < samples.size(); ++i) {
    const double derivative = (samples[i] - outputs.back()) / seconds;
    speed = alpha(options.d_cutoff) * derivative + (1 - alpha(options.d_cutoff)) * speed;
    const double weight = alpha(options.min_cutoff + options.beta * std::abs(speed));
    outputs.push_back(weight * samples[i] + (1 - weight) * outputs.back());
  }
  return outputs;
}

template <class Filter, class Sample>
std::vector<Sample> filtered(Filter filter, const std::vector<Sample>& samples, double seconds,
                             const OneEuroOptions& options = kOptions) {
  filter.start(samples.front());
  std::vector<Sample> outputs = {samples.front()};
  for (size_t i = 1; i < samples.size(); ++i)
    outputs.push_back(filter.filter(samples[i], seconds, filter.cutoff_of(samples[i], seconds, options)));
  return outputs;
}

std::vector<double> wandering(size_t count, double step, uint64_t seed) {
  Random random(Seed{seed});
  std::vector<double> numbers = {0.4};
  while (numbers.size() < count) numbers.push_back(numbers.back() + step * random.normal());
  return numbers;
}

Vector3 random_vector(Random& random, double scale) {
  const double x = random.normal(), y = random.normal();
  return scale * Vector3(x, y, random.normal());
}

std::vector<Matrix3> wandering_rotations(size_t count, double step, uint64_t seed) {
  Random random(Seed{seed});
  std::vector<Matrix3> rotations = {rotation_from_axis_angle(random_vector(random, 2))};
  while (rotations.size() < count) rotations.push_back(rotation_from_axis_angle(random_vector(random, step)) * rotations.back());
  return rotations;
}

double angle_between(const Matrix3& a, const Matrix3& b) { return axis_angle_from_rotation(a * b.transpose()).norm(); }

TEST(OneEuro, OneNumberIsFilteredAsInThePaper) {
  const std::vector<double> samples = wandering(200, 0.2, 1);
  for (const double rate : {1.0, 24.0, 30.0, 240.0}) {
    const std::vector<double> expected = as_in_the_paper(samples, 1 / rate, kOptions);
    std::vector<OneEuroPoint<1>::Point> points;
    for (const double sample : samples) points.emplace_back(OneEuroPoint<1>::Point::Constant(sample));
    const auto outputs = filtered(OneEuroPoint<1>(), points, 1 / rate);
    for (size_t i = 0; i < samples.size(); ++i) EXPECT_NEAR(outputs[i][0], expected[i], 1e-12) << rate << " " << i;
  }
}

// About one axis a rotation is its angle, which here goes several times through 180 degrees in both directions.
TEST(OneEuro, ARotationAboutAnAxisIsFilteredAsItsAngle) {
  std::vector<double> angles;
  for (int i = 0; i < 240; ++i) angles.push_back(9 * std::sin(0.04 * i) + 0.05 * std::sin(3.0 * i));
  const Vector3 axis = Vector3(1, -2, 0.5).normalized();
  std::vector<Matrix3> rotations;
  for (const double angle : angles) rotations.push_back(rotation_from_axis_angle(angle * axis));
  const std::vector<double> expected = as_in_the_paper(angles, 1 / 30.0, kOptions);
  const std::vector<Matrix3> outputs = filtered(OneEuroRotation(), rotations, 1 / 30.0);
  for (size_t i = 0; i < angles.size(); ++i)
    EXPECT_LT(angle_between(outputs[i], rotation_from_axis_angle(expected[i] * axis)), 1e-7) << i;
}

TEST(OneEuro, AConstantIsUnchanged) {
  const Matrix3 rotation = rotation_from_axis_angle({2.5, -1.5, 1});
  const Vector3 point(0.1, -0.2, 0.7);
  for (const double rate : {1.0, 30.0, 240.0}) {
    EXPECT_TRUE(filtered(OneEuroRotation(), std::vector<Matrix3>(300, rotation), 1 / rate).back().isApprox(rotation, 1e-13));
    EXPECT_TRUE(filtered(OneEuroPoint<3>(), std::vector<Vector3>(300, point), 1 / rate).back() == point);
  }
}

TEST(OneEuro, FiltersCommuteWithRotationsOfTheirSpace) {
  const Matrix3 turn = rotation_from_axis_angle({0.3, 2.2, -1.1});
  Random random(Seed{4});
  std::vector<Matrix3> rotations = wandering_rotations(150, 0.15, 3), turned_rotations;
  std::vector<Vector3> points, turned_points;
  for (const Matrix3& rotation : rotations) {
    turned_rotations.emplace_back(turn * rotation);
    points.push_back(random_vector(random, 0.3));
    turned_points.emplace_back(turn * points.back());
  }
  const auto a = filtered(OneEuroRotation(), rotations, 1 / 30.0), b = filtered(OneEuroRotation(), turned_rotations, 1 / 30.0);
  const auto p = filtered(OneEuroPoint<3>(), points, 1 / 30.0), q = filtered(OneEuroPoint<3>(), turned_points, 1 / 30.0);
  for (size_t i = 0; i < rotations.size(); ++i) {
    EXPECT_TRUE(b[i].isApprox(turn * a[i], 1e-10)) << i;
    EXPECT_TRUE(q[i].isApprox(turn * p[i], 1e-10)) << i;
  }
}

TEST(OneEuro, OutputsStayRotations) {
  const Matrix3 last = filtered(OneEuroRotation(), wandering_rotations(30000, 0.3, 5), 1 / 30.0).back();
  EXPECT_TRUE((last * last.transpose()).isApprox(Matrix3::Identity(), 1e-13));
  EXPECT_GT(last.determinant(), 0);
}

TEST(OneEuro, AStepIsFollowedWithoutOvershoot) {
  std::vector<Matrix3> rotations(40, rotation_from_axis_angle({0, 0.5, 0}));
  rotations[0] = Matrix3::Identity();
  const auto outputs = filtered(OneEuroRotation(), rotations, 1 / 30.0);
  double before = 0;
  for (size_t i = 1; i < outputs.size(); ++i) {
    const double angle = axis_angle_from_rotation(outputs[i])[1];
    EXPECT_GT(angle, before);
    EXPECT_LT(angle, 0.5 + 1e-9);
    if (i >= 3) EXPECT_GT(angle, 0.45) << "the third frame has nine tenths of the step";
    before = angle;
  }
}

TEST(OneEuro, NoiseIsReducedMoreAtHigherRates) {
  Random random(Seed{6});
  std::vector<Matrix3> rotations;
  for (int i = 0; i < 2000; ++i) rotations.push_back(rotation_from_axis_angle(random_vector(random, 0.03)));
  const auto rms = [](const std::vector<Matrix3>& list) {
    double sum = 0;
    for (const Matrix3& rotation : list) sum += axis_angle_from_rotation(rotation).squaredNorm();
    return std::sqrt(sum / static_cast<double>(list.size()));
  };
  const double before = rms(rotations);
  EXPECT_LT(rms(filtered(OneEuroRotation(), rotations, 1 / 30.0)), 0.5 * before);
  EXPECT_LT(rms(filtered(OneEuroRotation(), rotations, 1 / 240.0)), 0.25 * before);
}

TEST(OneEuro, OptionsOutOfRangeAreRefused) {
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinite = std::numeric_limits<double>::infinity();
  for (const OneEuroOptions& options : {OneEuroOptions{0, 1, 1}, OneEuroOptions{1, -1, 1}, OneEuroOptions{1, 1, 0},
                                        OneEuroOptions{nan, 1, 1}, OneEuroOptions{1, nan, 1}, OneEuroOptions{1, 1, infinite}})
    EXPECT_THAT([&] { check_options(options, "the filter of wrists"); }, ThrowsError(HasSubstr("the filter of wrists")));
  EXPECT_NO_THROW(check_options(kOptions, ""));
}

}  // namespace
}  // namespace interprior
