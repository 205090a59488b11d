#include <gtest/gtest.h>
#include <torch/types.h>

#include "interprior/base/files/safetensors.h"
#include "interprior/metric/sample_quality.h"

// Against tests/reference/sample_quality.py (numpy, pair by pair). make_sample_quality_golden.py writes the golden.
namespace interprior {
namespace {

class SampleQualityGolden : public ::testing::Test {
 protected:
  PerHand<torch::Tensor> set(const std::string& name) const {
    const torch::Tensor joints = golden_.tensor(name);
    return {joints.select(1, 0), joints.select(1, 1)};
  }
  double golden(const std::string& name) const { return golden_.tensor(name).item<double>(); }

  Safetensors golden_{std::filesystem::path(INTERPRIOR_SOURCE_DIR) / "tests/golden/sample_quality.safetensors"};
  PerHand<torch::Tensor> samples_ = set("samples"), real_ = set("real");
  SampleSpace space_ = sample_space(real_);
};

TEST_F(SampleQualityGolden, SpaceEqualsNumpy) {
  EXPECT_EQ(space_.components.size(1), golden_.tensor("components").item<int64_t>());
  EXPECT_NEAR(space_.stddev_mm, golden("spread"), 1e-9 * golden("spread"));
}

TEST_F(SampleQualityGolden, ComparisonEqualsNumpy) {
  const SampleComparison comparison = compare_samples(space_, samples_, real_, Seed{1});
  EXPECT_EQ(comparison.samples, 40);
  EXPECT_EQ(comparison.real_samples, 31);
  EXPECT_NEAR(comparison.frechet_mm2, golden("comparison/frechet"), 1e-9 * golden("comparison/frechet"));
  EXPECT_DOUBLE_EQ(comparison.precision, golden("comparison/precision"));
  EXPECT_DOUBLE_EQ(comparison.recall, golden("comparison/recall"));
}

TEST_F(SampleQualityGolden, KernelDistanceOfFullSetsEqualsNumpy) {
  const PerHand<torch::Tensor> first = {samples_.right.slice(0, 0, 31), samples_.left.slice(0, 0, 31)};
  EXPECT_NEAR(compare_samples(space_, first, real_, Seed{1}).kernel_distance, golden("comparison/kernel_of_first_rows"), 1e-9);
}

TEST_F(SampleQualityGolden, StatisticsEqualNumpy) {
  const SampleStatistics statistics = sample_statistics(space_, samples_, Seed{1});
  EXPECT_NEAR(statistics.diversity_mm, golden("statistics/diversity"), 1e-8);
  EXPECT_DOUBLE_EQ(statistics.penetration_share, golden("statistics/penetration_share"));
  EXPECT_NEAR(statistics.penetration_mm, golden("statistics/penetration"), 1e-6);
  EXPECT_NEAR(statistics.largest_penetration_mm, golden("statistics/largest_penetration"), 1e-6);
  EXPECT_DOUBLE_EQ(statistics.contact_ratio, golden("statistics/contact"));
}

}  // namespace
}  // namespace interprior
