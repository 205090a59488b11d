#include "interprior/metric/interval.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "interprior/base/error.h"
#include "interprior/base/seed.h"

namespace interprior {
namespace {

constexpr int64_t kDraws = 1000;
constexpr double kTail = 0.025;

struct GroupSum {
  double sum = 0;
  int64_t count = 0;
};

std::vector<GroupSum> sums_of_groups(const torch::Tensor& values, const std::vector<std::string>& group) {
  const torch::Tensor numbers = values.to(torch::kCPU, torch::kFloat64).contiguous();
  std::unordered_map<std::string, size_t> index;
  std::vector<GroupSum> sums;
  for (int64_t i = 0; i < numbers.numel(); ++i) {
    const double value = numbers.const_data_ptr<double>()[i];
    if (std::isnan(value)) continue;
    const std::string name = group.empty() ? std::to_string(i) : group[static_cast<size_t>(i)];
    const auto [entry, fresh] = index.emplace(name, sums.size());
    if (fresh) sums.emplace_back();
    sums[entry->second].sum += value;
    ++sums[entry->second].count;
  }
  return sums;
}

}  // namespace

Interval bootstrap_interval(const torch::Tensor& values, const std::vector<std::string>& group) {
  require(group.empty() || static_cast<int64_t>(group.size()) == values.numel(), "one group a value is needed",
          "bootstrap_interval");
  const std::vector<GroupSum> sums = sums_of_groups(values, group);
  if (sums.size() < 2) return {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};
  Random random(Seed{0}.derive("bootstrap"));
  std::vector<double> means;
  for (int64_t draw = 0; draw < kDraws; ++draw) {
    GroupSum total;
    for (size_t i = 0; i < sums.size(); ++i) {
      const GroupSum& one = sums[static_cast<size_t>(random.integer(static_cast<int64_t>(sums.size())))];
      total.sum += one.sum;
      total.count += one.count;
    }
    means.push_back(total.sum / static_cast<double>(total.count));
  }
  std::sort(means.begin(), means.end());
  const auto quantile = [&](double fraction) {
    return means[static_cast<size_t>(fraction * static_cast<double>(kDraws - 1) + 0.5)];
  };
  return {quantile(kTail), quantile(1 - kTail)};
}

}  // namespace interprior
