#pragma once
#include <cstdint>
#include <vector>

namespace interprior {

// From so many seeds on an interval is shown: below, Student's t says little more than that there are few.
inline constexpr int64_t kSeedsForInterval = 5;

// Of one number per seed; NaN where there are too few.
struct SeedStatistics {
  int64_t count = 0;
  double mean = 0, deviation = 0;  // sample standard deviation, from two seeds on
  double half_width = 0;           // of the mean's 95 % interval (Student's t), from kSeedsForInterval seeds on
};
SeedStatistics seed_statistics(const std::vector<double>& values);

// 97.5 % quantile of Student's t, to three decimals: a table up to 10 degrees of freedom, then Cornish and Fisher's expansion
// (Abramowitz & Stegun 26.7.5). NaN below 1.
double t_quantile(int64_t freedom);

}  // namespace interprior
