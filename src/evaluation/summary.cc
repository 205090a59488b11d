#include <torch/types.h>

#include <cmath>
#include <limits>

#include "interprior/base/error.h"
#include "metric_sums.h"

namespace interprior {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double mean_of(double a, double b) {
  if (std::isnan(a)) return b;
  return std::isnan(b) ? a : (a + b) / 2;
}

// Sums and counts of one group or of several together, as plain numbers: sum of place i at 2 i, count behind it.
class PlainSums {
 public:
  explicit PlainSums(const std::vector<double>& numbers) : numbers_(numbers) {}
  double mean(size_t place) const {
    const double count = numbers_[2 * place + 1];
    return count > 0 ? numbers_[2 * place] / count : kNaN;
  }
  double mean_of_joints(size_t side) const {
    double sum = 0;
    int64_t counted = 0;
    for (size_t joint = 0; joint < kJoints; ++joint)
      if (const double one = mean(group_sum::per_joint + side * kJoints + joint); !std::isnan(one)) {
        sum += one;
        ++counted;
      }
    return counted > 0 ? sum / static_cast<double>(counted) : kNaN;
  }
  // Of both hands together.
  double mean_of_joint(size_t joint) const {
    const size_t right = group_sum::per_joint + joint, left = right + kJoints;
    const double count = numbers_[2 * right + 1] + numbers_[2 * left + 1];
    return count > 0 ? (numbers_[2 * right] + numbers_[2 * left]) / count : kNaN;
  }
  HandMetrics hand(const ProtocolRule& rule, size_t side) const {
    return {rule.masked ? mean_of_joints(side) : mean(group_sum::joint + side), mean(group_sum::vertex + side),
            mean(group_sum::pa_joint + side), mean(group_sum::pa_vertex + side), kNaN};
  }

 private:
  const std::vector<double>& numbers_;
};

std::vector<double> numbers_of(const GroupSums& sums) {
  std::vector<double> numbers;
  for (const ExactSum& sum : sums) {
    numbers.push_back(sum.total());
    numbers.push_back(static_cast<double>(sum.count()));
  }
  return numbers;
}

HandMetrics mean_of_hands(const HandMetrics& right, const HandMetrics& left) {
  HandMetrics mean;
  for (double HandMetrics::*member : {&HandMetrics::mpjpe_mm, &HandMetrics::mpvpe_mm, &HandMetrics::pa_mpjpe_mm,
                                      &HandMetrics::pa_mpvpe_mm, &HandMetrics::joint_2d_px})
    mean.*member = mean_of(right.*member, left.*member);
  return mean;
}

double mean_of_joint_means(const std::array<std::array<ExactSum, kJoints>, 2>& hands) {
  PerHand<double> of_hand{kNaN, kNaN};
  for (const Side side : kSides) {
    double sum = 0;
    int64_t counted = 0;
    for (const ExactSum& joint : hands[static_cast<size_t>(side)])
      if (joint.count() > 0) {
        sum += joint.mean();
        ++counted;
      }
    if (counted > 0) of_hand[side] = sum / static_cast<double>(counted);
  }
  return mean_of(of_hand.right, of_hand.left);
}

void finish_intervals(const MetricSums::Impl& sums, Metrics& metrics) {
  // Single joints are only needed where the protocol's mean is one of joints.
  const size_t places = sums.rule.masked ? group_sum::count : group_sum::per_joint;
  std::vector<std::vector<double>> groups;
  for (const auto& [name, group] : sums.groups.all()) {
    groups.push_back(numbers_of(group));
    groups.back().resize(2 * places);
  }
  const auto intervals = bootstrap_intervals(groups, 5, [&](const std::vector<double>& numbers) {
    const PlainSums plain(numbers);
    const HandMetrics all = mean_of_hands(plain.hand(sums.rule, 0), plain.hand(sums.rule, 1));
    return std::vector<double>{all.mpjpe_mm, all.mpvpe_mm, plain.mean(group_sum::relative_root), all.pa_mpjpe_mm,
                               all.pa_mpvpe_mm};
  });
  metrics.mpjpe_interval = intervals[0];
  metrics.mpvpe_interval = intervals[1];
  metrics.mrrpe_interval = intervals[2];
  metrics.pa_mpjpe_interval = intervals[3];
  metrics.pa_mpvpe_interval = intervals[4];
}

template <size_t N>
std::vector<double> shares(const std::array<int64_t, N>& first, int64_t all) {
  std::vector<double> within;
  int64_t count = 0;
  for (const int64_t here : first)
    within.push_back(static_cast<double>(count += here) / static_cast<double>(std::max<int64_t>(1, all)));
  return within;
}

Bin bin_of(size_t i) { return {i == 0 ? 0 : kBinEnds[i - 1], kBinEnds[i], 0, kNaN, kNaN}; }

void finish_surfaces(const MetricSums::Impl& sums, Metrics& metrics) {
  if (sums.true_contact.count() == 0) return;
  metrics.penetration_mm = sums.penetration.mean();
  metrics.largest_penetration_mm = sums.penetration.count() > 0 ? sums.largest_penetration : kNaN;
  metrics.mean_depth_mm = sums.mean_depth.mean();
  metrics.intersection_cm3 = sums.intersection.mean();
  metrics.contact_ratio = sums.contact.mean();
  metrics.true_contact_ratio = sums.true_contact.mean();
  metrics.contact_distance_error_mm = sums.contact_distance.mean();
  for (size_t i = 0; i < kBinEnds.size(); ++i) {
    const std::vector<double> numbers = numbers_of(sums.overlap[i]);
    const PlainSums plain(numbers);
    Bin& overlap = metrics.overlap_bins.emplace_back(bin_of(i));
    overlap.count = sums.overlap_samples[i];
    overlap.mpjpe_mm = mean_of_hands(plain.hand(sums.rule, 0), plain.hand(sums.rule, 1)).mpjpe_mm;
    overlap.mrrpe_mm = plain.mean(group_sum::relative_root);
    Bin& occlusion = metrics.occlusion_bins.emplace_back(bin_of(i));
    occlusion.count = sums.occlusion_joint[i].count();
    occlusion.mpjpe_mm = sums.occlusion_joint[i].mean();
  }
}

void finish_hypotheses(const MetricSums::Impl& sums, Metrics& metrics) {
  metrics.hypotheses = sums.hypotheses;
  if (sums.hypotheses == 0) return;
  metrics.best_of_k_mpjpe_mm = sums.best_of_k.mean();
  metrics.mean_of_k_mpjpe_mm = sums.mean_of_k.mean();
  const std::vector<int64_t> counts = counted_hypotheses(sums.hypotheses);
  for (size_t i = 0; i < counts.size(); ++i) metrics.best_of_mpjpe_mm.emplace_back(counts[i], sums.best_of[i].mean());
  metrics.spread_mm = sums.spread.mean();
  std::vector<double> spread, error, joint_spread, joint_error;
  for (const DrawnSample& sample : sums.drawn) {
    spread.push_back(sample.spread);
    error.push_back(sample.error);
    for (size_t joint = 0; joint < sample.joint_spread.size(); ++joint) {
      if (joint % kJoints == static_cast<size_t>(sums.rule.root_joint)) continue;
      joint_spread.push_back(sample.joint_spread[joint]);
      joint_error.push_back(sample.joint_error[joint]);
    }
  }
  const auto tensor = [](const std::vector<double>& list) { return torch::tensor(list, torch::kFloat64); };
  metrics.spread_rank_correlation = rank_correlation(tensor(spread), tensor(error));
  metrics.joint_spread_rank_correlation = rank_correlation(tensor(joint_spread), tensor(joint_error));
  metrics.calibration = spread_groups(tensor(spread), tensor(error));
}

}  // namespace

std::vector<int64_t> counted_hypotheses(int64_t hypotheses) {
  std::vector<int64_t> counts;
  for (int64_t ten = 1; ten < hypotheses; ten *= 10)
    for (const int64_t k : {ten, 2 * ten, 5 * ten})
      if (k < hypotheses) counts.push_back(k);
  counts.push_back(hypotheses);
  return counts;
}

Metrics not_measured(Protocol protocol) {
  Metrics metrics;
  metrics.protocol = protocol;
  metrics.all = metrics.hand.right = metrics.hand.left = {kNaN, kNaN, kNaN, kNaN, kNaN};
  for (double Metrics::*member :
       {&Metrics::mrrpe_mm, &Metrics::rrve_mm, &Metrics::auc_50mm, &Metrics::penetration_mm, &Metrics::largest_penetration_mm,
        &Metrics::mean_depth_mm, &Metrics::intersection_cm3, &Metrics::contact_ratio, &Metrics::true_contact_ratio,
        &Metrics::contact_distance_error_mm, &Metrics::single_mpjpe_mm, &Metrics::interacting_mpjpe_mm,
        &Metrics::mean_of_single_and_interacting_mpjpe_mm, &Metrics::best_of_k_mpjpe_mm, &Metrics::mean_of_k_mpjpe_mm,
        &Metrics::spread_mm, &Metrics::spread_rank_correlation, &Metrics::joint_spread_rank_correlation})
    metrics.*member = kNaN;
  metrics.per_joint_mm.assign(kJoints, kNaN);
  return metrics;
}

Metrics MetricSums::finish() const {
  Impl& sums = *impl_;
  const ProtocolRule& rule = sums.rule;
  if (sums.samples == 0 && sums.left_out.implausible_samples + sums.left_out.true_implausible_samples > 0) {
    Metrics metrics = not_measured(sums.protocol);
    metrics.left_out = sums.left_out;
    return metrics;
  }
  require(sums.samples > 0, "no sample counts under the protocol " + name_of(sums.protocol), "",
          rule.masked ? "check joint_valid: a hand counts where its wrist is valid" : "check hand_valid");
  sums.keep_ranked();
  Metrics metrics = not_measured(sums.protocol);
  metrics.samples = sums.samples;
  metrics.left_out = sums.left_out;
  GroupSums total;
  for (const auto& [name, group] : sums.groups.all())
    for (size_t place = 0; place < total.size(); ++place) total[place].add(group[place]);
  const std::vector<double> numbers = numbers_of(total);
  const PlainSums plain(numbers);
  for (const Side side : kSides) {
    metrics.hand[side] = plain.hand(rule, static_cast<size_t>(side));
    metrics.hand[side].joint_2d_px = sums.joint_2d[side].mean();
  }
  metrics.all = mean_of_hands(metrics.hand.right, metrics.hand.left);
  metrics.mrrpe_mm = plain.mean(group_sum::relative_root);
  metrics.rrve_mm = sums.relative_vertex.mean();
  metrics.auc_50mm = sums.below_50mm.mean();
  metrics.pck = shares(sums.joints_at, sums.below_50mm.count());
  metrics.distribution = shares(sums.samples_at, sums.samples);
  for (size_t joint = 0; joint < kJoints; ++joint) metrics.per_joint_mm[joint] = plain.mean_of_joint(joint);
  finish_intervals(sums, metrics);
  finish_surfaces(sums, metrics);
  if (rule.masked) {
    metrics.single_mpjpe_mm = mean_of_joint_means(sums.single);
    metrics.interacting_mpjpe_mm = mean_of_joint_means(sums.interacting);
    metrics.mean_of_single_and_interacting_mpjpe_mm = (metrics.single_mpjpe_mm + metrics.interacting_mpjpe_mm) / 2;
  }
  metrics.worst = sums.worst;
  metrics.best = sums.best;
  finish_hypotheses(sums, metrics);
  return metrics;
}

Metrics summarise(Protocol protocol, const SampleErrors& errors) {
  MetricSums sums(protocol);
  sums.add(errors);
  return sums.finish();
}

}  // namespace interprior
