#include "interprior/metric/interval.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "interprior/base/error.h"
#include "interprior/base/seed.h"

namespace interprior {
namespace {

constexpr double kTail = 0.025;

Interval percentiles(std::vector<double> values) {
  values.erase(std::remove_if(values.begin(), values.end(), [](double value) { return std::isnan(value); }), values.end());
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const auto quantile = [&](double fraction) {
    return values[static_cast<size_t>(fraction * static_cast<double>(values.size() - 1) + 0.5)];
  };
  return {quantile(kTail), quantile(1 - kTail)};
}

}  // namespace

std::vector<Interval> bootstrap_intervals(const std::vector<std::vector<double>>& groups, size_t count,
                                          const std::function<std::vector<double>(const std::vector<double>& sum)>& statistics) {
  std::vector<Interval> intervals(count);
  if (groups.size() < 2) return intervals;
  Random random(Seed{0}.derive("bootstrap"));
  std::vector<std::vector<double>> resampled(count);
  std::vector<double> sum;
  for (int64_t round = 0; round < kBootstrapResamples; ++round) {
    sum.assign(groups.front().size(), 0);
    for (size_t i = 0; i < groups.size(); ++i) {
      const std::vector<double>& one = groups[static_cast<size_t>(random.integer(static_cast<int64_t>(groups.size())))];
      for (size_t k = 0; k < sum.size(); ++k) sum[k] += one[k];
    }
    const std::vector<double> values = statistics(sum);
    for (size_t k = 0; k < count; ++k) resampled[k].push_back(values[k]);
  }
  for (size_t k = 0; k < count; ++k) intervals[k] = percentiles(std::move(resampled[k]));
  return intervals;
}

Interval bootstrap_interval(const torch::Tensor& values, const std::vector<std::string>& group) {
  require(group.empty() || static_cast<int64_t>(group.size()) == values.numel(), "one group per value is required",
          "bootstrap_interval");
  const torch::Tensor numbers = values.to(torch::kCPU, torch::kFloat64).contiguous();
  std::map<std::string, size_t> index;
  std::vector<std::vector<double>> sums;
  for (int64_t i = 0; i < numbers.numel(); ++i) {
    const double value = numbers.const_data_ptr<double>()[i];
    if (std::isnan(value)) continue;
    const auto [entry, fresh] = index.emplace(group.empty() ? std::to_string(i) : group[static_cast<size_t>(i)], sums.size());
    if (fresh) sums.push_back({0, 0});
    sums[entry->second][0] += value;
    ++sums[entry->second][1];
  }
  return bootstrap_intervals(sums, 1, [](const std::vector<double>& sum) { return std::vector<double>{sum[0] / sum[1]}; })
      .front();
}

uint64_t hash_of_id(const std::string& id) { return Seed{0}.derive(id).value; }

std::string group_of(const std::string& sample, const std::string& group) {
  return group.empty() ? c10::str("#", hash_of_id(sample) % kHashedGroups) : group;
}

}  // namespace interprior
