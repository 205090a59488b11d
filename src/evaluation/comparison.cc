#include "interprior/evaluation/comparison.h"

#include <torch/types.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "interprior/base/error.h"
#include "sums_of_groups.h"

namespace interprior {
namespace {

constexpr int64_t kWidest = 100;  // mm, range of the distribution

std::vector<Metric> compared_metrics() {
  std::vector<Metric> metrics;
  for (const Metric& metric : metric_table())
    if (metric.compared) metrics.push_back(metric);
  return metrics;
}

// Values (N) of each compared metric; mean over measured hands for a metric per hand. NaN where not measured.
std::vector<torch::Tensor> numbers_of(const std::vector<Metric>& metrics, const SampleErrors& errors) {
  std::vector<torch::Tensor> numbers;
  for (const Metric& metric : metrics) {
    torch::Tensor values = values_of(metric, errors);
    if (!values.defined()) values = torch::full({errors.size()}, std::nan(""), torch::kFloat64);
    values = values.to(torch::kFloat64);
    numbers.push_back((values.dim() == 2 ? values.nanmean(1) : values).contiguous());
  }
  return numbers;
}

}  // namespace

struct PairedSums::Impl {
  std::vector<Metric> metrics = compared_metrics();  // the first is the MPJPE
  SumsOfGroups groups{metrics.size()};
  std::vector<int64_t> better = std::vector<int64_t>(metrics.size());
  std::array<int64_t, 2 * kWidest + 1> first_within{};  // by the smallest whole bound that a difference does not exceed
  std::vector<RankedSample> first_better, second_better;
};

PairedSums::PairedSums() : impl_(std::make_unique<Impl>()) {}
PairedSums::~PairedSums() = default;
PairedSums::PairedSums(PairedSums&&) noexcept = default;

void PairedSums::add(const SampleErrors& first, const SampleErrors& second) {
  require(first.sample == second.sample, "two methods are compared on different samples");
  const auto a = numbers_of(impl_->metrics, first), b = numbers_of(impl_->metrics, second);
  for (int64_t row = 0; row < first.size(); ++row) {
    const auto index = static_cast<size_t>(row);
    auto& sums = impl_->groups.of(first.sample[index], first.group.empty() ? "" : first.group[index]);
    for (size_t k = 0; k < a.size(); ++k) {
      const double difference = a[k].const_data_ptr<double>()[row] - b[k].const_data_ptr<double>()[row];
      sums[k].add(difference);
      impl_->better[k] += difference < 0;
      if (k > 0 || std::isnan(difference)) continue;
      if (const double bound = std::ceil(std::max(difference, static_cast<double>(-kWidest))); bound <= kWidest)
        ++impl_->first_within[static_cast<size_t>(static_cast<int64_t>(bound) + kWidest)];
      const RankedSample ranked{
          difference, {a[k].const_data_ptr<double>()[row], b[k].const_data_ptr<double>()[row]}, first.sample[index]};
      const auto keep = [&](std::vector<RankedSample>& list, double sign) {
        const auto before = [sign](const RankedSample& x, const RankedSample& y) {
          return x.error_mm != y.error_mm ? sign * x.error_mm > sign * y.error_mm : x.sample < y.sample;
        };
        if (!(sign * difference > 0) || (list.size() == kShownSamples && !before(ranked, list.back()))) return;
        list.insert(std::upper_bound(list.begin(), list.end(), ranked, before), ranked);
        if (list.size() > kShownSamples) list.pop_back();
      };
      keep(impl_->first_better, -1);
      keep(impl_->second_better, 1);
    }
  }
}

void PairedSums::finish(Comparison& comparison) const {
  std::vector<std::vector<double>> groups;
  const size_t compared = impl_->metrics.size();
  std::vector<ExactSum> total(compared);
  for (const auto& [name, sums] : impl_->groups.all()) {
    groups.emplace_back();
    for (size_t k = 0; k < compared; ++k) {
      total[k].add(sums[k]);
      groups.back().push_back(sums[k].total());
      groups.back().push_back(static_cast<double>(sums[k].count()));
    }
  }
  const std::vector<Interval> intervals = bootstrap_intervals(groups, compared, [compared](const std::vector<double>& sum) {
    std::vector<double> means;
    for (size_t k = 0; k < compared; ++k) means.push_back(sum[2 * k] / sum[2 * k + 1]);  // NaN when the resample has no value
    return means;
  });
  for (size_t k = 0; k < compared; ++k) {
    if (total[k].count() == 0) continue;
    comparison.differences.push_back({impl_->metrics[k].name, total[k].count(), total[k].mean(), intervals[k],
                                      static_cast<double>(impl_->better[k]) / static_cast<double>(total[k].count())});
  }
  int64_t count = 0;
  for (int64_t bound = -kWidest; bound <= kWidest && total[0].count() > 0; ++bound) {
    count += impl_->first_within[static_cast<size_t>(bound + kWidest)];
    comparison.mpjpe_distribution.emplace_back(static_cast<double>(bound),
                                               static_cast<double>(count) / static_cast<double>(total[0].count()));
  }
  comparison.first_better = impl_->first_better;
  comparison.second_better = impl_->second_better;
}

}  // namespace interprior
