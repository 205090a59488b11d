#include "metric_sums.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>

#include "interprior/base/error.h"
#include "interprior/metric/mean_of_hands.h"

namespace interprior {
namespace {

constexpr double kAucLimit = 50;  // mm

double at(const torch::Tensor& tensor, int64_t index) { return tensor.const_data_ptr<double>()[index]; }

size_t bin_of(double share) {
  return static_cast<size_t>(std::lower_bound(kBinEnds.begin(), kBinEnds.end() - 1, share) - kBinEnds.begin());
}

// Counts a value at the smallest whole threshold that it does not exceed; finish() accumulates the counts.
template <size_t N>
void count_at(std::array<int64_t, N>& first, double value) {
  const double threshold = std::ceil(std::max(value, 0.0));
  if (threshold < static_cast<double>(N)) ++first[static_cast<size_t>(threshold)];
}

// Inserts a sample into the list of the first kShownSamples under `before`.
template <class Before>
void rank(std::vector<RankedSample>& list, const RankedSample& sample, const Before& before) {
  if (list.size() == kShownSamples && !before(sample, list.back())) return;
  list.insert(std::upper_bound(list.begin(), list.end(), sample, before), sample);
  if (list.size() > kShownSamples) list.pop_back();
}

bool is_worse(const RankedSample& a, const RankedSample& b) {
  return a.error_mm != b.error_mm ? a.error_mm > b.error_mm : a.sample < b.sample;
}

bool is_better(const RankedSample& a, const RankedSample& b) {
  return a.error_mm != b.error_mm ? a.error_mm < b.error_mm : a.sample < b.sample;
}

}  // namespace

GroupLayout::GroupLayout() {
  for (const Metric& metric : metric_table()) {
    place.push_back(count);
    if (metric.interval) count += metric.per_hand ? 2 : 1;
  }
  per_joint = count;
  count += 2 * kJoints;
}

const GroupLayout& group_layout() {
  static const GroupLayout layout;
  return layout;
}

MeasuredErrors::MeasuredErrors(const SampleErrors& any) : errors(any) {
  const auto plain = [](const torch::Tensor& tensor) {
    return tensor.defined() ? tensor.to(torch::kCPU, torch::kFloat64).contiguous() : tensor;
  };
  for_each_tensor(errors, [&](const std::string&, torch::Tensor& tensor) { tensor = plain(tensor); });
  for (const Metric& metric : metric_table()) values.push_back(plain(values_of(metric, errors)));
}

MetricSums::MetricSums(Protocol protocol) : impl_(std::make_unique<Impl>()) {
  impl_->protocol = protocol;
  impl_->rule = rule_of(protocol);
}
MetricSums::~MetricSums() = default;
MetricSums::MetricSums(MetricSums&&) noexcept = default;

int64_t MetricSums::samples() const { return impl_->samples; }
const LeftOut& MetricSums::left_out() const { return impl_->left_out; }

void MetricSums::add(const SampleErrors& errors) {
  const MeasuredErrors measured(errors);
  if (const int64_t hypotheses = errors.hypotheses(); hypotheses > 0) {
    require(impl_->samples == 0 || impl_->hypotheses == hypotheses, "samples with different numbers of hypotheses");
    impl_->hypotheses = hypotheses;
    impl_->best_of.resize(counted_hypotheses(hypotheses).size());
  }
  for (int64_t row = 0; row < errors.size(); ++row) impl_->add_sample(measured, row);
}

bool MetricSums::Impl::is_left_out(const SampleErrors& errors, int64_t row) {
  const auto marked = [&](const torch::Tensor& marks) {
    return marks.defined() ? int64_t{at(marks, 2 * row) == 1} + int64_t{at(marks, 2 * row + 1) == 1} : 0;
  };
  const int64_t hands = marked(errors.implausible);
  const bool of_truth = marked(errors.true_implausible) > 0;
  left_out.implausible_hands += hands;
  left_out.true_implausible_samples += of_truth;
  left_out.implausible_samples += hands > 0 && !of_truth;
  left_out.no_hand_samples += marked(errors.surface.no_hand) > 0;
  left_out.true_no_hand_samples += marked(errors.surface.true_no_hand) > 0;
  return hands > 0 || of_truth;
}

void MetricSums::Impl::add_sample(const MeasuredErrors& measured, int64_t row) {
  const SampleErrors& errors = measured.errors;
  if (is_left_out(errors, row)) return;
  const PerHand<double> hand{at(errors.joint, 2 * row), at(errors.joint, 2 * row + 1)};
  const double error = mean_of_hands(hand);
  const auto index = static_cast<size_t>(row);
  const bool counts = !std::isnan(error);
  samples += counts;
  add_to_group(measured, row, groups.of(errors.sample[index], errors.group.empty() ? "" : errors.group[index]));
  add_metrics(measured, row);
  for (size_t side = 0; side < 2; ++side) {
    const int64_t own = 2 * row + static_cast<int64_t>(side);
    for (int64_t joint = 0; joint < kJoints; ++joint) {
      const double value = at(errors.per_joint, kJoints * own + joint);
      if (std::isnan(value)) continue;
      if (rule.masked) (at(errors.interacting, row) != 0 ? interacting : single)[side][static_cast<size_t>(joint)].add(value);
      if (joint == rule.root_joint) continue;
      below_50mm.add(std::max(0.0, 1 - value / kAucLimit));
      count_at(joints_at, value);
    }
  }
  if (errors.surface.penetration.defined()) add_bins(measured, row, counts);
  if (!counts) return;
  count_at(samples_at, error);
  const RankedSample ranked{error, hand, errors.sample[index]};
  rank(worst, ranked, is_worse);
  rank(best, ranked, is_better);
  if (hypotheses > 0) add_hypotheses(errors, row, error);
}

void MetricSums::Impl::add_metrics(const MeasuredErrors& measured, int64_t row) {
  const std::vector<Metric>& metrics = metric_table();
  for (size_t i = 0; i < metrics.size(); ++i) {
    const torch::Tensor& values = measured.values[i];
    if (!values.defined() || metrics[i].interval || metrics[i].reducer == Reducer::none) continue;
    if (metrics[i].per_hand)
      for (const Side side : kSides) sums[i][side].add(at(values, 2 * row + static_cast<int64_t>(side)));
    else
      sums[i].right.add(at(values, row));
    if (metrics[i].reducer == Reducer::largest && at(values, row) > largest[i]) largest[i] = at(values, row);
  }
}

void MetricSums::Impl::add_to_group(const MeasuredErrors& measured, int64_t row, GroupSums& group) const {
  const std::vector<Metric>& metrics = metric_table();
  const GroupLayout& layout = group_layout();
  for (size_t i = 0; i < metrics.size(); ++i) {
    if (!metrics[i].interval || !measured.values[i].defined()) continue;
    const int64_t numbers = metrics[i].per_hand ? 2 : 1;
    for (int64_t k = 0; k < numbers; ++k)
      group[layout.place[i] + static_cast<size_t>(k)].add(at(measured.values[i], numbers * row + k));
  }
  for (int64_t k = 0; k < 2 * kJoints; ++k)
    group[layout.per_joint + static_cast<size_t>(k)].add(at(measured.errors.per_joint, 2 * kJoints * row + k));
}

void MetricSums::Impl::add_bins(const MeasuredErrors& measured, int64_t row, bool counts) {
  const SampleErrors& errors = measured.errors;
  if (const double share = at(errors.surface.overlap, row); !std::isnan(share)) {
    add_to_group(measured, row, overlap[bin_of(share)]);
    overlap_samples[bin_of(share)] += counts;
  }
  for (int64_t side = 0; side < 2; ++side)
    if (const double occlusion = at(errors.surface.occlusion, 2 * row + side); !std::isnan(occlusion))
      occlusion_joint[bin_of(occlusion)].add(at(errors.joint, 2 * row + side));
}

void MetricSums::Impl::add_hypotheses(const SampleErrors& errors, int64_t row, double error) {
  const double* errors_of_k = errors.hypothesis.joint.const_data_ptr<double>() + row * hypotheses;
  const std::vector<int64_t> counts = counted_hypotheses(hypotheses);
  for (size_t i = 0; i < counts.size(); ++i) best_of[i].add(*std::min_element(errors_of_k, errors_of_k + counts[i]));
  if (std::isnan(at(errors.hypothesis.stddev, row))) return;
  const std::string& id = errors.sample[static_cast<size_t>(row)];
  RankingSample& kept = ranking.emplace_back();
  kept.hash = hash_of_id(id);
  kept.sample = id;
  kept.stddev = at(errors.hypothesis.stddev, row);
  kept.error = error;
  for (int64_t joint = 0; joint < 2 * kJoints; ++joint) {
    kept.joint_stddev[static_cast<size_t>(joint)] = at(errors.hypothesis.per_joint_stddev, 2 * kJoints * row + joint);
    kept.joint_error[static_cast<size_t>(joint)] = at(errors.per_joint, 2 * kJoints * row + joint);
  }
  if (ranking.size() >= 2 * kRankedSamples) keep_ranked();
}

void MetricSums::Impl::keep_ranked() {
  std::sort(ranking.begin(), ranking.end(), [](const RankingSample& a, const RankingSample& b) {
    return std::tie(a.hash, a.sample) < std::tie(b.hash, b.sample);
  });
  if (ranking.size() > kRankedSamples) ranking.resize(kRankedSamples);
}

}  // namespace interprior
