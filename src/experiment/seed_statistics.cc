#include "interprior/experiment/seed_statistics.h"

#include <cmath>
#include <iterator>
#include <limits>

namespace interprior {

double t_quantile(int64_t freedom) {
  constexpr double kExact[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228};
  if (freedom < 1) return std::numeric_limits<double>::quiet_NaN();
  if (freedom <= static_cast<int64_t>(std::size(kExact))) return kExact[freedom - 1];
  const double z = 1.959964, n = static_cast<double>(freedom);
  const double first = std::pow(z, 3) + z, second = 5 * std::pow(z, 5) + 16 * std::pow(z, 3) + 3 * z,
               third = 3 * std::pow(z, 7) + 19 * std::pow(z, 5) + 17 * std::pow(z, 3) - 15 * z;
  return z + first / (4 * n) + second / (96 * n * n) + third / (384 * n * n * n);
}

SeedStatistics seed_statistics(const std::vector<double>& values) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  SeedStatistics seeds{static_cast<int64_t>(values.size()), kNone, kNone, kNone};
  if (values.empty()) return seeds;
  const double count = static_cast<double>(values.size());
  seeds.mean = 0;
  for (const double value : values) seeds.mean += value / count;
  if (values.size() < 2) return seeds;
  double sum = 0;
  for (const double value : values) sum += (value - seeds.mean) * (value - seeds.mean);
  seeds.deviation = std::sqrt(sum / (count - 1));
  if (seeds.count >= kSeedsForInterval) seeds.half_width = t_quantile(seeds.count - 1) * seeds.deviation / std::sqrt(count);
  return seeds;
}

}  // namespace interprior
