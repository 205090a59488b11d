#pragma once
#include <torch/types.h>

#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace interprior {

struct Interval {
  double low = std::numeric_limits<double>::quiet_NaN(), high = std::numeric_limits<double>::quiet_NaN();
};

inline constexpr int64_t kBootstrapResamples = 1000;

// 95 % percentile bootstrap intervals of statistics of a sum over groups. Whole groups are resampled, not samples: images of one
// sequence are not independent. `groups` (G) hold equally many numbers each; their order must not depend on how they were
// gathered. `statistics` maps the sum of G resampled groups to `count` numbers. NaN with fewer than two groups.
std::vector<Interval> bootstrap_intervals(const std::vector<std::vector<double>>& groups, size_t count,
                                          const std::function<std::vector<double>(const std::vector<double>& sum)>& statistics);

// Interval of the mean of `values` (N; NaN is skipped). If `group` is empty, every sample is its own group.
Interval bootstrap_interval(const torch::Tensor& values, const std::vector<std::string>& group);

// Samples without a sequence are assigned to this many groups by a hash of their id.
inline constexpr uint64_t kHashedGroups = 4096;
uint64_t hash_of_id(const std::string& id);
std::string group_of(const std::string& sample, const std::string& group);

}  // namespace interprior
