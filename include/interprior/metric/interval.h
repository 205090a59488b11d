#pragma once
#include <torch/types.h>

#include <string>
#include <vector>

namespace interprior {

struct Interval {
  double low = 0, high = 0;
};

// 95 % percentile bootstrap interval of the mean of `values` (N; NaN does not count). Whole groups are drawn anew, not samples:
// pictures of one sequence are not independent. Without groups (empty) every sample is its own. NaN with fewer than two groups.
Interval bootstrap_interval(const torch::Tensor& values, const std::vector<std::string>& group);

}  // namespace interprior
