#include <torch/types.h>

#include <limits>

#include "interprior/base/error.h"
#include "interprior/hand/skeleton.h"
#include "interprior/metric/interval.h"
#include "interprior/metric/protocol.h"

namespace interprior {
namespace {

constexpr double kAucLimit = 50;  // mm

// Means leave NaN out, and are NaN where nothing is left.
double mean_of(const torch::Tensor& values) {
  return values.numel() == 0 ? std::numeric_limits<double>::quiet_NaN() : values.nanmean().item<double>();
}

double mean_of(double a, double b) { return mean_of(torch::tensor({a, b}, torch::kFloat64)); }

// The mean joint error of one hand's rows (n,21): over all of them, or first over the samples of each joint.
double joint_mean(const ProtocolRule& rule, const torch::Tensor& per_joint) {
  return rule.masked ? mean_of(per_joint.nanmean(0)) : mean_of(per_joint.nanmean(1));
}

double mean_of_hands(const ProtocolRule& rule, const torch::Tensor& per_joint) {
  return mean_of(joint_mean(rule, per_joint.select(1, 0)), joint_mean(rule, per_joint.select(1, 1)));
}

torch::Tensor without_root(const torch::Tensor& per_joint, int64_t root) {
  const torch::Tensor joint = torch::arange(kJoints);
  return per_joint.index_select(2, joint.index({joint != root}));
}

// Integral of the share of joints with an error below a threshold, threshold 0 to the limit, divided by the limit.
double area_under_pck(const torch::Tensor& per_joint, int64_t root) {
  return mean_of((1 - without_root(per_joint, root) / kAucLimit).clamp_min(0));
}

void summarise_hypotheses(const ProtocolRule& rule, const SampleErrors& errors, Metrics& metrics) {
  metrics.best_of_k_mpjpe_mm = mean_of(errors.best_joint);
  metrics.mean_of_k_mpjpe_mm = mean_of(errors.mean_joint);
  for (const int64_t k : counted_hypotheses(errors.hypotheses))
    metrics.best_of_mpjpe_mm.emplace_back(k, mean_of(errors.hypothesis_joint.slice(1, 0, k).amin(1)));
  const torch::Tensor error = errors.joint.nanmean(1);
  metrics.spread_mm = mean_of(errors.spread);
  metrics.spread_rank_correlation = rank_correlation(errors.spread, error);
  metrics.joint_spread_rank_correlation =
      rank_correlation(without_root(errors.per_joint_spread, rule.root_joint), without_root(errors.per_joint, rule.root_joint));
  metrics.calibration = spread_groups(errors.spread, error);
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
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Metrics metrics;
  metrics.protocol = protocol;
  metrics.all = metrics.hand.right = metrics.hand.left = {nan, nan, nan, nan};
  for (double Metrics::*member :
       {&Metrics::mrrpe_mm, &Metrics::rrve_mm, &Metrics::auc_50mm, &Metrics::penetration_mm, &Metrics::largest_penetration_mm,
        &Metrics::contact_ratio, &Metrics::true_contact_ratio, &Metrics::interval_low_mm, &Metrics::interval_high_mm,
        &Metrics::single_mpjpe_mm, &Metrics::interacting_mpjpe_mm, &Metrics::mean_of_single_and_interacting_mpjpe_mm,
        &Metrics::best_of_k_mpjpe_mm, &Metrics::mean_of_k_mpjpe_mm, &Metrics::spread_mm, &Metrics::spread_rank_correlation,
        &Metrics::joint_spread_rank_correlation})
    metrics.*member = nan;
  metrics.per_joint_mm.assign(kJoints, nan);
  return metrics;
}

Metrics summarise(Protocol protocol, const SampleErrors& errors) {
  const ProtocolRule rule = rule_of(protocol);
  Metrics metrics = not_measured(protocol);
  metrics.samples = errors.joint.isfinite().any(1).sum().item<int64_t>();
  require(metrics.samples > 0, "no sample counts under the protocol " + name_of(protocol), "",
          rule.masked ? "check joint_valid: a hand counts where its wrist is valid" : "check hand_valid");
  for (const Side side : kSides) {
    const auto of_hand = [&](const torch::Tensor& values) { return values.select(1, static_cast<int64_t>(side)); };
    metrics.hand[side] = {joint_mean(rule, of_hand(errors.per_joint)), mean_of(of_hand(errors.vertex)),
                          mean_of(of_hand(errors.pa_joint)), mean_of(of_hand(errors.pa_vertex))};
  }
  for (double HandMetrics::*member :
       {&HandMetrics::mpjpe_mm, &HandMetrics::mpvpe_mm, &HandMetrics::pa_mpjpe_mm, &HandMetrics::pa_mpvpe_mm})
    metrics.all.*member = mean_of(metrics.hand.right.*member, metrics.hand.left.*member);
  metrics.mrrpe_mm = mean_of(errors.relative_root);
  metrics.rrve_mm = mean_of(errors.relative_vertex);
  if (errors.penetration.defined()) {
    metrics.penetration_mm = mean_of(errors.penetration);
    metrics.contact_ratio = mean_of(errors.contact);
    metrics.true_contact_ratio = mean_of(errors.true_contact);
    const torch::Tensor measured = errors.penetration.index({errors.penetration.isfinite()});
    if (measured.numel() > 0) metrics.largest_penetration_mm = measured.max().item<double>();
  }
  metrics.auc_50mm = area_under_pck(errors.per_joint, rule.root_joint);
  const Interval interval = bootstrap_interval(errors.joint.nanmean(1), errors.group);
  metrics.interval_low_mm = interval.low;
  metrics.interval_high_mm = interval.high;
  const torch::Tensor per_joint = errors.per_joint.nanmean(c10::IntArrayRef({0, 1})).contiguous();
  metrics.per_joint_mm.assign(per_joint.const_data_ptr<double>(), per_joint.const_data_ptr<double>() + kJoints);
  if (rule.masked) {
    metrics.single_mpjpe_mm = mean_of_hands(rule, errors.per_joint.index({errors.interacting.logical_not()}));
    metrics.interacting_mpjpe_mm = mean_of_hands(rule, errors.per_joint.index({errors.interacting}));
    metrics.mean_of_single_and_interacting_mpjpe_mm = (metrics.single_mpjpe_mm + metrics.interacting_mpjpe_mm) / 2;
  }
  metrics.hypotheses = errors.hypotheses;
  if (errors.hypothesis_joint.defined()) summarise_hypotheses(rule, errors, metrics);
  return metrics;
}

}  // namespace interprior
