#include "interprior/metric/calibration.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>
#include <limits>

#include "interprior/base/seed.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

torch::Tensor list(std::vector<double> numbers) { return torch::tensor(numbers, torch::kFloat64); }
torch::Tensor random_list(int64_t count, uint64_t seed) { return normal_tensor({count}, Seed{seed}).to(torch::kFloat64); }

TEST(RankCorrelation, IsOneForAnyMonotonicRelation) {
  const torch::Tensor a = random_list(50, 1);
  EXPECT_NEAR(rank_correlation(a, a.exp()), 1, 1e-12);
  EXPECT_NEAR(rank_correlation(a, -a.pow(3)), -1, 1e-12);
  EXPECT_NEAR(rank_correlation(a, random_list(50, 2)), rank_correlation(random_list(50, 2), a), 1e-12);
  EXPECT_LT(std::abs(rank_correlation(random_list(5000, 3), random_list(5000, 4))), 0.05);
}

// By hand: ranks 1 2 3 4 5 against 2 1 4 3 5; sum of squared differences 4; 1 - 6 * 4 / (5 * 24).
TEST(RankCorrelation, AgreesWithSpearmansFormula) {
  EXPECT_NEAR(rank_correlation(list({1, 2, 3, 4, 5}), list({20, 10, 40, 30, 50})), 0.8, 1e-12);
}

// By hand: ranks 1 2.5 2.5 4 against 1 2 3 4; 4.5 / sqrt(4.5 * 5).
TEST(RankCorrelation, EqualNumbersShareTheirRank) {
  EXPECT_NEAR(rank_correlation(list({1, 2, 2, 3}), list({1, 2, 3, 4})), 4.5 / std::sqrt(22.5), 1e-12);
}

TEST(RankCorrelation, SkipsMissingValuesAndIsUndefinedForTooFew) {
  EXPECT_NEAR(rank_correlation(list({1, kNaN, 2, 3, 9}), list({4, 0, 5, 6, kNaN})), 1, 1e-12);
  EXPECT_TRUE(std::isnan(rank_correlation(list({1, 2}), list({1, 2}))));
  EXPECT_TRUE(std::isnan(rank_correlation(list({}), list({}))));
  EXPECT_TRUE(std::isnan(rank_correlation(list({1, 1, 1, 1}), list({1, 2, 3, 4}))));
  EXPECT_THAT([] { rank_correlation(list({1}), list({1, 2})); }, ThrowsError(HasSubstr("different length")));
}

TEST(CalibrationGroups, AreOfEqualSizeInOrderAndHoldEverySampleOnce) {
  const torch::Tensor stddev = random_list(23, 1).abs(), error = random_list(23, 2).abs();
  const auto groups = calibration_groups(stddev, error);
  ASSERT_EQ(groups.size(), 10u);
  int64_t samples = 0;
  double stddev_sum = 0, error_sum = 0;
  for (size_t i = 0; i < groups.size(); ++i) {
    EXPECT_TRUE(groups[i].samples == 2 || groups[i].samples == 3) << groups[i].samples;
    if (i > 0) {
      EXPECT_GE(groups[i].stddev_mm, groups[i - 1].stddev_mm);
    }
    samples += groups[i].samples;
    stddev_sum += groups[i].stddev_mm * static_cast<double>(groups[i].samples);
    error_sum += groups[i].error_mm * static_cast<double>(groups[i].samples);
  }
  EXPECT_EQ(samples, 23);
  EXPECT_NEAR(stddev_sum, stddev.sum().item<double>(), 1e-9);
  EXPECT_NEAR(error_sum, error.sum().item<double>(), 1e-9);
}

TEST(CalibrationGroups, FewSamplesMakeFewGroups) {
  const auto groups = calibration_groups(list({3, 1, kNaN}), list({30, 10, 5}));
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_DOUBLE_EQ(groups[0].stddev_mm, 1);
  EXPECT_DOUBLE_EQ(groups[0].error_mm, 10);
  EXPECT_TRUE(calibration_groups(list({kNaN}), list({1})).empty());
}

}  // namespace
}  // namespace interprior
