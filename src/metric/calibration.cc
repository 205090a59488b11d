#include "interprior/metric/calibration.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "interprior/base/error.h"

namespace interprior {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct Pairs {
  std::vector<double> a, b;
};

Pairs finite_pairs(const torch::Tensor& first, const torch::Tensor& second) {
  require(first.numel() == second.numel(), "the two lists have different lengths");
  const torch::Tensor a = first.to(torch::kCPU, torch::kFloat64).flatten().contiguous(),
                      b = second.to(torch::kCPU, torch::kFloat64).flatten().contiguous();
  Pairs pairs;
  for (int64_t i = 0; i < a.numel(); ++i) {
    const double x = a.const_data_ptr<double>()[i], y = b.const_data_ptr<double>()[i];
    if (std::isnan(x) || std::isnan(y)) continue;
    pairs.a.push_back(x);
    pairs.b.push_back(y);
  }
  return pairs;
}

std::vector<size_t> order_of(const std::vector<double>& values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t i, size_t j) { return values[i] < values[j]; });
  return order;
}

// Ranks from 0; ties share their mean rank.
std::vector<double> ranks_of(const std::vector<double>& values) {
  const std::vector<size_t> order = order_of(values);
  std::vector<double> ranks(values.size());
  for (size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (size_t i = begin; i < end; ++i) ranks[order[i]] = static_cast<double>(begin + end - 1) / 2;
  }
  return ranks;
}

}  // namespace

double rank_correlation(const torch::Tensor& a, const torch::Tensor& b) {
  const Pairs pairs = finite_pairs(a, b);
  if (pairs.a.size() < 3) return kNaN;
  const std::vector<double> x = ranks_of(pairs.a), y = ranks_of(pairs.b);
  const double middle = static_cast<double>(x.size() - 1) / 2;
  double xx = 0, yy = 0, xy = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - middle) * (x[i] - middle);
    yy += (y[i] - middle) * (y[i] - middle);
    xy += (x[i] - middle) * (y[i] - middle);
  }
  return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : kNaN;
}

std::vector<CalibrationGroup> calibration_groups(const torch::Tensor& stddev, const torch::Tensor& error, int64_t groups) {
  require(groups > 0, "a calibration curve requires at least one group");
  const Pairs pairs = finite_pairs(stddev, error);
  const std::vector<size_t> order = order_of(pairs.a);
  const size_t count = std::min(static_cast<size_t>(groups), order.size());
  std::vector<CalibrationGroup> curve;
  for (size_t group = 0; group < count; ++group) {
    const size_t begin = group * order.size() / count, end = (group + 1) * order.size() / count;
    CalibrationGroup one;
    one.samples = static_cast<int64_t>(end - begin);
    for (size_t i = begin; i < end; ++i) {
      one.stddev_mm += pairs.a[order[i]] / static_cast<double>(one.samples);
      one.error_mm += pairs.b[order[i]] / static_cast<double>(one.samples);
    }
    curve.push_back(one);
  }
  return curve;
}

}  // namespace interprior
