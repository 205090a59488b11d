#include "metric_sums.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>

#include "interprior/base/error.h"

namespace interprior {
namespace {

constexpr double kAucLimit = 50;  // mm

double at(const torch::Tensor& tensor, int64_t index) { return tensor.const_data_ptr<double>()[index]; }

double mean_of(double a, double b) {
  if (std::isnan(a)) return b;
  return std::isnan(b) ? a : (a + b) / 2;
}

size_t bin_of(double share) {
  return static_cast<size_t>(std::lower_bound(kBinEnds.begin(), kBinEnds.end() - 1, share) - kBinEnds.begin());
}

// Counts a value at the first whole threshold that it does not exceed; finish() adds them up.
template <size_t N>
void count_at(std::array<int64_t, N>& first, double value) {
  const double threshold = std::ceil(std::max(value, 0.0));
  if (threshold < static_cast<double>(N)) ++first[static_cast<size_t>(threshold)];
}

// Puts a sample among the kShownSamples that come first under `before`.
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

// Numbers that add() reads in place.
SampleErrors plain(const SampleErrors& errors) {
  SampleErrors numbers = errors;
  for (const auto& [name, member] : kSampleErrorTensors)
    if (torch::Tensor& tensor = numbers.*member; tensor.defined()) tensor = tensor.to(torch::kCPU, torch::kFloat64).contiguous();
  return numbers;
}

}  // namespace

MetricSums::MetricSums(Protocol protocol) : impl_(std::make_unique<Impl>()) {
  impl_->protocol = protocol;
  impl_->rule = rule_of(protocol);
}
MetricSums::~MetricSums() = default;
MetricSums::MetricSums(MetricSums&&) noexcept = default;

int64_t MetricSums::samples() const { return impl_->samples; }
const LeftOut& MetricSums::left_out() const { return impl_->left_out; }

void MetricSums::add(const SampleErrors& errors) {
  const SampleErrors numbers = plain(errors);
  if (numbers.hypotheses() > 0) {
    require(impl_->samples == 0 || impl_->hypotheses == numbers.hypotheses(), "samples with different numbers of hypotheses");
    impl_->hypotheses = numbers.hypotheses();
    impl_->best_of.resize(counted_hypotheses(impl_->hypotheses).size());
  }
  for (int64_t row = 0; row < numbers.size(); ++row) impl_->add_sample(numbers, row);
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
  left_out.no_hand_samples += marked(errors.no_hand) > 0;
  left_out.true_no_hand_samples += marked(errors.true_no_hand) > 0;
  return hands > 0 || of_truth;
}

void MetricSums::Impl::add_sample(const SampleErrors& errors, int64_t row) {
  if (is_left_out(errors, row)) return;
  const PerHand<double> hand{at(errors.joint, 2 * row), at(errors.joint, 2 * row + 1)};
  const double error = mean_of(hand.right, hand.left);
  const auto index = static_cast<size_t>(row);
  const bool counts = !std::isnan(error);
  const auto has = [](const torch::Tensor& tensor) { return tensor.defined(); };
  samples += counts;
  add_points(errors, row, groups.of(errors.sample[index], errors.group.empty() ? "" : errors.group[index]));
  for (size_t side = 0; side < 2; ++side) {
    const int64_t own = 2 * row + static_cast<int64_t>(side);
    if (has(errors.joint_2d)) joint_2d[kSides[side]].add(at(errors.joint_2d, own));
    for (int64_t joint = 0; joint < kJoints; ++joint) {
      const double value = at(errors.per_joint, kJoints * own + joint);
      if (std::isnan(value)) continue;
      if (rule.masked) (at(errors.interacting, row) != 0 ? interacting : single)[side][static_cast<size_t>(joint)].add(value);
      if (joint == rule.root_joint) continue;
      below_50mm.add(std::max(0.0, 1 - value / kAucLimit));
      count_at(joints_at, value);
    }
  }
  relative_vertex.add(at(errors.relative_vertex, row));
  if (has(errors.penetration)) add_surfaces(errors, row, counts);
  if (!counts) return;
  count_at(samples_at, error);
  const RankedSample ranked{error, hand, errors.sample[index]};
  rank(worst, ranked, is_worse);
  rank(best, ranked, is_better);
  if (hypotheses > 0) add_draws(errors, row, error);
}

void MetricSums::Impl::add_points(const SampleErrors& errors, int64_t row, GroupSums& sums) const {
  for (size_t side = 0; side < 2; ++side) {
    const int64_t own = 2 * row + static_cast<int64_t>(side);
    sums[group_sum::joint + side].add(at(errors.joint, own));
    sums[group_sum::vertex + side].add(at(errors.vertex, own));
    sums[group_sum::pa_joint + side].add(at(errors.pa_joint, own));
    sums[group_sum::pa_vertex + side].add(at(errors.pa_vertex, own));
    for (int64_t joint = 0; joint < kJoints; ++joint)
      sums[group_sum::per_joint + side * kJoints + static_cast<size_t>(joint)].add(at(errors.per_joint, kJoints * own + joint));
  }
  sums[group_sum::relative_root].add(at(errors.relative_root, row));
}

void MetricSums::Impl::add_surfaces(const SampleErrors& errors, int64_t row, bool counts) {
  penetration.add(at(errors.penetration, row));
  if (at(errors.penetration, row) > largest_penetration) largest_penetration = at(errors.penetration, row);
  mean_depth.add(at(errors.mean_depth, row));
  intersection.add(at(errors.intersection, row));
  const auto touches = [](double distance) { return std::isnan(distance) ? distance : distance < kContactMm ? 1.0 : 0.0; };
  contact.add(touches(at(errors.distance, row)));
  true_contact.add(touches(at(errors.true_distance, row)));
  contact_distance.add(at(errors.contact_distance, row));
  if (const double share = at(errors.overlap, row); !std::isnan(share)) {
    add_points(errors, row, overlap[bin_of(share)]);
    overlap_samples[bin_of(share)] += counts;
  }
  for (int64_t side = 0; side < 2; ++side)
    if (const double occlusion = at(errors.occlusion, 2 * row + side); !std::isnan(occlusion))
      occlusion_joint[bin_of(occlusion)].add(at(errors.joint, 2 * row + side));
}

void MetricSums::Impl::add_draws(const SampleErrors& errors, int64_t row, double error) {
  const double* draw = errors.hypothesis_joint.const_data_ptr<double>() + row * hypotheses;
  best_of_k.add(*std::min_element(draw, draw + hypotheses));
  double sum = 0;
  for (int64_t k = 0; k < hypotheses; ++k) sum += draw[k];
  mean_of_k.add(sum / static_cast<double>(hypotheses));
  const std::vector<int64_t> counts = counted_hypotheses(hypotheses);
  for (size_t i = 0; i < counts.size(); ++i) best_of[i].add(*std::min_element(draw, draw + counts[i]));
  spread.add(at(errors.spread, row));
  if (std::isnan(at(errors.spread, row))) return;
  const std::string& id = errors.sample[static_cast<size_t>(row)];
  DrawnSample& kept = drawn.emplace_back();
  kept.hash = hash_of_id(id);
  kept.sample = id;
  kept.spread = at(errors.spread, row);
  kept.error = error;
  for (int64_t joint = 0; joint < 2 * kJoints; ++joint) {
    kept.joint_spread[static_cast<size_t>(joint)] = at(errors.per_joint_spread, 2 * kJoints * row + joint);
    kept.joint_error[static_cast<size_t>(joint)] = at(errors.per_joint, 2 * kJoints * row + joint);
  }
  if (drawn.size() >= 2 * kRankedSamples) keep_ranked();
}

void MetricSums::Impl::keep_ranked() {
  std::sort(drawn.begin(), drawn.end(),
            [](const DrawnSample& a, const DrawnSample& b) { return std::tie(a.hash, a.sample) < std::tie(b.hash, b.sample); });
  if (drawn.size() > kRankedSamples) drawn.resize(kRankedSamples);
}

}  // namespace interprior
