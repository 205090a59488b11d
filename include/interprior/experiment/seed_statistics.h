#pragma once
#include <cstdint>
#include <vector>

namespace interprior {

// Smallest number of seeds for a confidence interval: with fewer, Student's t gives too wide an interval to be useful.
inline constexpr int64_t kSeedsForInterval = 5;

// Statistics of one value per seed; NaN when there are too few.
struct SeedStatistics {
  int64_t count = 0;
  double mean = 0, deviation = 0;  // sample standard deviation, from two seeds on
  double half_width = 0;           // of the mean's 95 % confidence interval (Student's t), from kSeedsForInterval seeds on
};
SeedStatistics seed_statistics(const std::vector<double>& values);

// 97.5 % quantile of Student's t, to three decimals: a table up to 10 degrees of freedom, then Cornish and Fisher's expansion
// (Abramowitz & Stegun 26.7.5). NaN below 1.
double t_quantile(int64_t freedom);

}  // namespace interprior
