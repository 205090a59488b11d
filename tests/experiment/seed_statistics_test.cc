#include "interprior/experiment/seed_statistics.h"

#include <gtest/gtest.h>

#include <cmath>

namespace interprior {
namespace {

// Printed tables of Student's t, two-sided 95 %.
TEST(SeedStatisticsGolden, QuantilesAreThoseOfTheTables) {
  const std::pair<int64_t, double> table[] = {{1, 12.706}, {4, 2.776},  {9, 2.262},  {10, 2.228}, {11, 2.201},
                                              {14, 2.145}, {20, 2.086}, {29, 2.045}, {60, 2.000}, {120, 1.980}};
  for (const auto& [freedom, quantile] : table) EXPECT_NEAR(t_quantile(freedom), quantile, 6e-4) << freedom;
  EXPECT_TRUE(std::isnan(t_quantile(0)));
}

TEST(SeedStatistics, ShowOnlyStatisticsThatTheSeedsAllow) {
  EXPECT_TRUE(std::isnan(seed_statistics({}).mean));
  EXPECT_DOUBLE_EQ(seed_statistics({7}).mean, 7);
  EXPECT_TRUE(std::isnan(seed_statistics({7}).deviation));
  EXPECT_DOUBLE_EQ(seed_statistics({1, 3}).deviation, std::sqrt(2));
  EXPECT_TRUE(std::isnan(seed_statistics({1, 2, 3, 4}).half_width));
  EXPECT_NEAR(seed_statistics({1, 2, 3, 4, 5}).half_width, 2.776 * std::sqrt(2.5 / 5), 1e-12);
  EXPECT_DOUBLE_EQ(seed_statistics({4, 4, 4, 4, 4}).half_width, 0);
}

}  // namespace
}  // namespace interprior
