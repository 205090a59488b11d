#include <torch/types.h>

#include <cmath>
#include <limits>

#include "interprior/base/error.h"
#include "interprior/metric/mean_of_hands.h"
#include "metric_sums.h"

namespace interprior {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Sums and counts of one or several groups as plain numbers: sum of entry i at 2 i, its count at 2 i + 1.
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
      if (const double one = mean(group_layout().per_joint + side * kJoints + joint); !std::isnan(one)) {
        sum += one;
        ++counted;
      }
    return counted > 0 ? sum / static_cast<double>(counted) : kNaN;
  }
  // Mean over both hands.
  double mean_of_joint(size_t joint) const {
    const size_t right = group_layout().per_joint + joint, left = right + kJoints;
    const double count = numbers_[2 * right + 1] + numbers_[2 * left + 1];
    return count > 0 ? (numbers_[2 * right] + numbers_[2 * left]) / count : kNaN;
  }
  // Value of a metric with an interval: of one hand, of both hands.
  double hand(const ProtocolRule& rule, size_t metric, size_t side) const {
    const bool of_joints = rule.masked && metric_table()[metric].reducer == Reducer::joint_means;
    return of_joints ? mean_of_joints(side) : mean(group_layout().place[metric] + side);
  }
  double all(const ProtocolRule& rule, size_t metric) const {
    if (!metric_table()[metric].per_hand) return mean(group_layout().place[metric]);
    return mean_of_hands({hand(rule, metric, 0), hand(rule, metric, 1)});
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
  return mean_of_hands(of_hand);
}

void finish_intervals(const MetricSums::Impl& sums, Metrics& metrics) {
  std::vector<size_t> with_interval;
  for (size_t i = 0; i < metric_table().size(); ++i)
    if (metric_table()[i].interval) with_interval.push_back(i);
  // Single joints are only needed by protocols that average joint means.
  const size_t places = sums.rule.masked ? group_layout().count : group_layout().per_joint;
  std::vector<std::vector<double>> groups;
  for (const auto& [name, group] : sums.groups.all()) {
    groups.push_back(numbers_of(group));
    groups.back().resize(2 * places);
  }
  const auto intervals = bootstrap_intervals(groups, with_interval.size(), [&](const std::vector<double>& numbers) {
    const PlainSums plain(numbers);
    std::vector<double> values;
    for (const size_t metric : with_interval) values.push_back(plain.all(sums.rule, metric));
    return values;
  });
  for (size_t i = 0; i < with_interval.size(); ++i) metrics.values[with_interval[i]].interval = intervals[i];
}

// `plain`: the sums of all groups.
void finish_metrics(const MetricSums::Impl& sums, const PlainSums& plain, Metrics& metrics) {
  for (size_t i = 0; i < metric_table().size(); ++i) {
    const Metric& metric = metric_table()[i];
    MetricValue& value = metrics.values[i];
    if (metric.interval) {
      value.all = plain.all(sums.rule, i);
      if (metric.per_hand)
        for (const Side side : kSides) value.hand[side] = plain.hand(sums.rule, i, static_cast<size_t>(side));
    } else if (metric.reducer == Reducer::largest) {
      if (sums.sums[i].right.count() > 0) value.all = sums.largest[i];
    } else if (metric.per_hand) {
      for (const Side side : kSides) value.hand[side] = sums.sums[i][side].mean();
      value.all = mean_of_hands(value.hand);
    } else {
      value.all = sums.sums[i].right.mean();
    }
  }
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

void finish_bins(const MetricSums::Impl& sums, Metrics& metrics) {
  if (std::isnan(metrics.at("true_contact_ratio"))) return;
  const size_t mpjpe = metric_place("mpjpe_mm"), mrrpe = metric_place("mrrpe_mm");
  for (size_t i = 0; i < kBinEnds.size(); ++i) {
    const std::vector<double> numbers = numbers_of(sums.overlap[i]);
    const PlainSums plain(numbers);
    Bin& overlap = metrics.overlap_bins.emplace_back(bin_of(i));
    overlap.count = sums.overlap_samples[i];
    overlap.mpjpe_mm = plain.all(sums.rule, mpjpe);
    overlap.mrrpe_mm = plain.all(sums.rule, mrrpe);
    Bin& occlusion = metrics.occlusion_bins.emplace_back(bin_of(i));
    occlusion.count = sums.occlusion_joint[i].count();
    occlusion.mpjpe_mm = sums.occlusion_joint[i].mean();
  }
}

void finish_hypotheses(const MetricSums::Impl& sums, Metrics& metrics) {
  metrics.hypotheses = sums.hypotheses;
  if (sums.hypotheses == 0) return;
  const std::vector<int64_t> counts = counted_hypotheses(sums.hypotheses);
  for (size_t i = 0; i < counts.size(); ++i) metrics.best_of_mpjpe_mm.emplace_back(counts[i], sums.best_of[i].mean());
  std::vector<double> stddev, error, joint_stddev, joint_error;
  for (const RankingSample& sample : sums.ranking) {
    stddev.push_back(sample.stddev);
    error.push_back(sample.error);
    for (size_t joint = 0; joint < sample.joint_stddev.size(); ++joint) {
      if (joint % kJoints == static_cast<size_t>(sums.rule.root_joint)) continue;
      joint_stddev.push_back(sample.joint_stddev[joint]);
      joint_error.push_back(sample.joint_error[joint]);
    }
  }
  const auto tensor = [](const std::vector<double>& list) { return torch::tensor(list, torch::kFloat64); };
  metrics.stddev_rank_correlation = rank_correlation(tensor(stddev), tensor(error));
  metrics.joint_stddev_rank_correlation = rank_correlation(tensor(joint_stddev), tensor(joint_error));
  metrics.calibration = calibration_groups(tensor(stddev), tensor(error));
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

bool is_measured(const Metric& metric, const Metrics& metrics) {
  if (metric.reducer == Reducer::none) return false;
  if (metric.needs == Needs::surfaces) return !metrics.overlap_bins.empty();
  if (metric.needs == Needs::hypotheses) return metrics.hypotheses > 0;
  return metric.needs != Needs::several_hypotheses || metrics.hypotheses > 1;
}

double Metrics::at(const std::string& metric) const {
  const size_t place = metric_place(metric);
  return place < values.size() ? values[place].all : kNaN;
}

double Metrics::at(const std::string& metric, Side side) const {
  const size_t place = metric_place(metric);
  return place < values.size() ? values[place].hand[side] : kNaN;
}

const Interval& Metrics::interval(const std::string& metric) const {
  static const Interval none;
  const size_t place = metric_place(metric);
  return place < values.size() ? values[place].interval : none;
}

Metrics not_measured(Protocol protocol) {
  Metrics metrics;
  metrics.protocol = protocol;
  metrics.values.resize(metric_table().size());
  for (double Metrics::*member : {&Metrics::auc_50mm, &Metrics::single_mpjpe_mm, &Metrics::interacting_mpjpe_mm,
                                  &Metrics::mean_of_single_and_interacting_mpjpe_mm, &Metrics::stddev_rank_correlation,
                                  &Metrics::joint_stddev_rank_correlation})
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
  GroupSums total(group_layout().count);
  for (const auto& [name, group] : sums.groups.all())
    for (size_t place = 0; place < total.size(); ++place) total[place].add(group[place]);
  const std::vector<double> numbers = numbers_of(total);
  const PlainSums plain(numbers);
  finish_metrics(sums, plain, metrics);
  metrics.auc_50mm = sums.below_50mm.mean();
  metrics.pck = shares(sums.joints_at, sums.below_50mm.count());
  metrics.distribution = shares(sums.samples_at, sums.samples);
  for (size_t joint = 0; joint < kJoints; ++joint) metrics.per_joint_mm[joint] = plain.mean_of_joint(joint);
  finish_intervals(sums, metrics);
  finish_bins(sums, metrics);
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
