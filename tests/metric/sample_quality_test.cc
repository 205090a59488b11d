#include "interprior/metric/sample_quality.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>
#include <limits>

#include "interprior/hand/contact.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
using Joints = PerHand<torch::Tensor>;

torch::Tensor noise(torch::IntArrayRef shape, Seed seed) { return normal_tensor(shape, seed).to(torch::kFloat64); }

Joints joints_from(const torch::Tensor& points) {  // (N,42,3)
  return {points.narrow(1, 0, 21), points.narrow(1, 21, 21)};
}

// Two rigid clouds of joints 30 cm apart, deformed along six directions of decreasing weight, with much smaller noise.
torch::Tensor cloud(int64_t count, uint64_t seed) {
  const torch::Tensor still = 0.04 * noise({1, 42, 3}, Seed{100});
  still.narrow(1, 21, 21).select(2, 0) += 0.3;
  const torch::Tensor directions = 0.01 * noise({6, 126}, Seed{101}) * torch::tensor({6, 5, 4, 3, 2, 1}).view({6, 1}) / 3;
  const torch::Tensor bent = noise({count, 6}, Seed{seed}).matmul(directions).view({count, 42, 3});
  return still + bent + 1e-4 * noise({count, 42, 3}, Seed{seed}.derive("noise"));
}

SampleComparison compare(const torch::Tensor& samples, const torch::Tensor& real, uint64_t seed = 1) {
  return compare_samples(sample_space(joints_from(real)), joints_from(samples), joints_from(real), Seed{seed});
}

// The largest component as a displacement of joints (42,3).
torch::Tensor first_component(const torch::Tensor& real) {
  return sample_space(joints_from(real)).components.select(1, 0).reshape({42, 3});
}

TEST(SampleQuality, SpaceSpansTheVariationAndIsOrthonormal) {
  const torch::Tensor real = cloud(400, 1);
  const SampleSpace space = sample_space(joints_from(real));
  const int64_t size = space.components.size(1);
  EXPECT_GE(size, 4);
  EXPECT_LE(size, 6);  // the noise on 126 numbers is excluded
  EXPECT_THAT(space.components.t().matmul(space.components), TensorNear(torch::eye(size, torch::kFloat64), 1e-12));
  const torch::Tensor features = space.features(joints_from(real));
  EXPECT_THAT(features.mean(0), TensorNear(torch::zeros({size}, torch::kFloat64), 1e-9));
  EXPECT_GE(features.var(0).sum().item<double>(), 0.99 * (1000 * real.flatten(1)).var(0).sum().item<double>());
  EXPECT_LT(features.narrow(1, 0, size - 1).var(0).sum().item<double>(),
            0.99 * (1000 * real.flatten(1)).var(0).sum().item<double>());
  EXPECT_NEAR(space.stddev_mm, std::sqrt(features.var(0).mean().item<double>()), 1e-9);
  EXPECT_THAT(space.description(), HasSubstr("99 % of the variance of 400 real samples"));
}

TEST(SampleQuality, ASetAgainstItself) {
  const torch::Tensor real = cloud(300, 2);
  const SampleComparison same = compare(real, real);
  EXPECT_NEAR(same.frechet_mm2, 0, 1e-6);
  EXPECT_EQ(same.precision, 1);
  EXPECT_EQ(same.recall, 1);
}

TEST(SampleQuality, AnotherSetOfTheSameKindIsNearAndCovered) {
  const torch::Tensor real = cloud(900, 3);
  const SampleSpace space = sample_space(joints_from(real));
  const SampleComparison fresh = compare(cloud(900, 4), real);
  EXPECT_LT(fresh.frechet_mm2, 0.02 * static_cast<double>(space.components.size(1)) * space.stddev_mm * space.stddev_mm);
  EXPECT_NEAR(fresh.kernel_distance, 0, 0.05);
  EXPECT_GT(fresh.precision, 0.9);
  EXPECT_GT(fresh.recall, 0.9);
}

TEST(SampleQuality, FrechetDistanceOfAShiftIsItsSquare) {
  const torch::Tensor real = cloud(200, 5);
  EXPECT_NEAR(compare(real + 0.030 * first_component(real), real).frechet_mm2, 900, 1e-6);
}

TEST(SampleQuality, FrechetDistanceOfAScaledSetIsItsVariance) {
  // Standard deviations s and 2 s along every axis: the sum of (2 s - s)^2.
  const torch::Tensor real = cloud(200, 6), doubled = real.mean(0) + 2 * (real - real.mean(0));
  const SampleSpace space = sample_space(joints_from(real));
  const double variance = static_cast<double>(space.components.size(1)) * space.stddev_mm * space.stddev_mm;
  EXPECT_NEAR(compare(doubled, real).frechet_mm2, variance, 1e-6 * variance);
  EXPECT_NEAR(compare_samples(space, joints_from(real), joints_from(doubled), Seed{1}).frechet_mm2, variance, 1e-6 * variance);
}

TEST(SampleQuality, FewSamplesInManyDimensionsHaveADistance) {
  const SampleComparison few = compare(0.05 * noise({10, 42, 3}, Seed{7}), 0.05 * noise({60, 42, 3}, Seed{8}));
  EXPECT_TRUE(std::isfinite(few.frechet_mm2));  // the covariance of ten samples is singular
  EXPECT_GT(few.frechet_mm2, 0);
}

TEST(SampleQuality, ACollapsedGeneratorIsPreciseAndRecallsNothing) {
  const torch::Tensor real = cloud(100, 9);
  const SampleComparison collapsed = compare(real.narrow(0, 3, 1).expand({100, 42, 3}), real);
  EXPECT_EQ(collapsed.precision, 1);
  EXPECT_DOUBLE_EQ(collapsed.recall, 0.01);  // the sample that it repeats
}

TEST(SampleQuality, AGeneratorOfOneModeRecallsHalf) {
  torch::Tensor real = cloud(200, 10);
  const torch::Tensor away = 2.0 * first_component(real);
  real = torch::cat({real.narrow(0, 0, 100), real.narrow(0, 100, 100) + away});
  const SampleComparison half = compare(cloud(200, 11), real);
  EXPECT_GT(half.precision, 0.9);
  EXPECT_NEAR(half.recall, 0.5, 0.05);
}

TEST(SampleQuality, SamplesFarAwayAreNotPrecise) {
  const torch::Tensor real = cloud(100, 12);
  const SampleComparison away = compare(cloud(100, 13) + 3.0 * first_component(real), real);
  EXPECT_EQ(away.precision, 0);
  EXPECT_EQ(away.recall, 0);
  EXPECT_GT(away.kernel_distance, 1);
}

TEST(SampleQuality, PrecisionAndRecallTakeAsManyOfEitherSet) {
  const torch::Tensor real = cloud(60, 14), samples = cloud(150, 15);
  const SampleComparison all = compare(samples, real), some = compare(samples.narrow(0, 0, 60), real);
  EXPECT_EQ(all.precision, some.precision);
  EXPECT_EQ(all.recall, some.recall);
  EXPECT_NE(all.frechet_mm2, some.frechet_mm2);
}

// Chunked computation against one matrix of all distances.
TEST(SampleQuality, ManySamplesAreComparedInChunks) {
  const torch::Tensor real = cloud(600, 16), samples = cloud(600, 17) + 0.05 * first_component(real);
  const SampleSpace space = sample_space(joints_from(real));
  const torch::Tensor a = space.features(joints_from(samples)), b = space.features(joints_from(real));
  const auto radii = [](const torch::Tensor& points) {
    return std::get<0>(torch::cdist(points, points, 2, 2).sort(1)).select(1, kNeighbours);  // column 0: itself
  };
  const torch::Tensor distance = torch::cdist(a, b, 2, 2);
  const auto share = [](const torch::Tensor& inside) { return inside.any(1).to(torch::kFloat64).mean().item<double>(); };
  const SampleComparison comparison = compare(samples, real);
  EXPECT_EQ(comparison.precision, share(distance <= radii(b)));
  EXPECT_EQ(comparison.recall, share(distance.t() <= radii(a)));
  EXPECT_LT(comparison.precision, 1);
  EXPECT_LT(comparison.recall, 1);
}

TEST(SampleQuality, KernelDistanceHasNoUnit) {
  const torch::Tensor real = cloud(80, 18), samples = cloud(80, 19) + 0.1 * first_component(real);
  const SampleComparison small = compare(samples, real), large = compare(3 * samples, 3 * real);
  EXPECT_NEAR(large.kernel_distance, small.kernel_distance, 1e-9 * small.kernel_distance);
  EXPECT_NEAR(large.frechet_mm2, 9 * small.frechet_mm2, 1e-6 * large.frechet_mm2);
}

TEST(SampleQuality, KernelDistanceOfSubsetsFollowsFromTheSeed) {
  const torch::Tensor real = cloud(1100, 20), samples = cloud(1200, 21) + 0.1 * first_component(real);
  const double one = compare(samples, real, 1).kernel_distance, other = compare(samples, real, 2).kernel_distance;
  EXPECT_EQ(compare(samples, real, 1).kernel_distance, one);
  EXPECT_NE(one, other);
  EXPECT_NEAR(one, other, 0.05 * one);
}

TEST(SampleQuality, DiversityOfRandomPairsIsNearThatOfAll) {
  const torch::Tensor samples = cloud(700, 22);  // 244,650 pairs
  const SampleSpace space = sample_space(joints_from(samples));
  const double all = torch::pdist(space.features(joints_from(samples))).mean().item<double>();
  const double sampled = sample_statistics(space, joints_from(samples), Seed{1}).diversity_mm;
  EXPECT_NE(sampled, all);
  EXPECT_NEAR(sampled, all, 0.01 * all);
  EXPECT_EQ(sample_statistics(space, joints_from(samples), Seed{1}).diversity_mm, sampled);
}

TEST(SampleQuality, RepeatsOfOneSampleHaveNoDiversity) {
  const SampleSpace space = sample_space(joints_from(cloud(50, 23)));
  EXPECT_NEAR(sample_statistics(space, joints_from(cloud(1, 24).expand({500, 42, 3})), Seed{1}).diversity_mm, 0, 1e-9);
}

// Hands whose joints are one point: the thickest capsules of both are balls a known gap apart.
TEST(SampleQuality, OverlapAndContactOfKnownHands) {
  const SampleSpace space = sample_space(joints_from(cloud(20, 25)));
  const double thickness = 2 * bone_radii(torch::kCPU, torch::kFloat64).max().item<double>();
  const torch::Tensor gap = torch::tensor({0.004, 0.006, -0.002, 0.020, -0.006, 0.0049, 0.0051, 1.0}, torch::kFloat64);
  const torch::Tensor right = torch::zeros({8, 21, 3}, torch::kFloat64);
  torch::Tensor left = right.clone();
  left.select(2, 1) += (gap + thickness).unsqueeze(1);
  const SampleStatistics statistics = sample_statistics(space, {right, left}, Seed{});
  EXPECT_EQ(statistics.samples, 8);
  EXPECT_EQ(statistics.penetration_share, 2.0 / 8);
  EXPECT_NEAR(statistics.penetration_mm, (2.0 + 6.0) / 8, 1e-5);
  EXPECT_NEAR(statistics.largest_penetration_mm, 6, 1e-5);
  EXPECT_EQ(statistics.contact_ratio, 4.0 / 8);
}

TEST(SampleQuality, AnyPrecisionGivesFloat64Numbers) {
  const torch::Tensor real = cloud(100, 26), samples = cloud(100, 27);
  const SampleComparison exact = compare(samples, real);
  const SampleComparison single = compare(samples.to(torch::kFloat32), real.to(torch::kFloat32));
  EXPECT_NEAR(single.frechet_mm2, exact.frechet_mm2, 1e-3 * exact.frechet_mm2);
}

TEST(SampleQuality, RefusesInvalidSets) {
  const torch::Tensor real = cloud(20, 28);
  const SampleSpace space = sample_space(joints_from(real));
  EXPECT_THAT([&] { sample_space(joints_from(real.narrow(0, 0, 5))); }, ThrowsError(HasSubstr("at least 6")));
  EXPECT_THAT([&] { compare(real.narrow(0, 0, 5), real); }, ThrowsError(HasSubstr("a set of 5")));
  EXPECT_THAT([&] { sample_statistics(space, joints_from(real.narrow(0, 0, 0)), Seed{}); }, ThrowsError(HasSubstr("a set of 0")));
  EXPECT_NO_THROW(compare(real.narrow(0, 0, 6), real));
  EXPECT_THAT(
      [&] {
        sample_space(joints_from(real.narrow(0, 0, 1).expand({9, 42, 3})));
      },
      ThrowsError(HasSubstr("real samples are equal")));
  for (const double bad : {kNaN, std::numeric_limits<double>::infinity()}) {
    torch::Tensor broken = real.clone();
    broken[7][30][1] = bad;
    EXPECT_THAT([&] { compare(broken, real); }, ThrowsError(HasSubstr("samples, sample 7")));
    EXPECT_THAT([&] { compare_samples(space, joints_from(real), joints_from(broken), Seed{}); },
                ThrowsError(HasSubstr("real samples, sample 7")));
  }
  EXPECT_THAT(
      [&] {
        compare_samples(space, {real.narrow(1, 0, 20), real.narrow(1, 21, 21)}, joints_from(real), Seed{});
      },
      ThrowsError(HasSubstr("right joints")));
}

}  // namespace
}  // namespace interprior
