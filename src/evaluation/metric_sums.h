#pragma once
#include "interprior/evaluation/metrics.h"
#include "interprior/hand/skeleton.h"
#include "interprior/metric/exact_sum.h"
#include "sums_of_groups.h"

namespace interprior {

using GroupSums = SumsOfGroups::Sums;

// Layout of the sums of one sequence, the unit of the bootstrap: each metric with an interval (two entries for a metric per
// hand), then the joints of each hand.
struct GroupLayout {
  std::vector<size_t> place;  // by entry of metric_table(); meaningless for metrics without interval
  size_t per_joint = 0, count = 0;

  GroupLayout();
};
const GroupLayout& group_layout();

// Errors with the values of every metric of the table, float64 and contiguous.
struct MeasuredErrors {
  SampleErrors errors;
  std::vector<torch::Tensor> values;  // undefined where not measured

  explicit MeasuredErrors(const SampleErrors& any);
};

// Input of the rank correlations, for one sample.
struct RankingSample {
  uint64_t hash = 0;
  std::string sample;
  double stddev = 0, error = 0;
  std::array<double, 2 * kJoints> joint_stddev{}, joint_error{};
};

struct MetricSums::Impl {
  ProtocolRule rule;
  Protocol protocol;
  int64_t samples = 0;
  LeftOut left_out;
  SumsOfGroups groups{group_layout().count};
  std::vector<PerHand<ExactSum>> sums{metric_table().size()};  // metrics without interval; values per sample in `right`
  std::vector<double> largest = std::vector<double>(metric_table().size());
  ExactSum below_50mm;
  std::array<std::array<ExactSum, kJoints>, 2> single, interacting;  // by hand, masked protocols
  // Counts of errors by the smallest threshold that they do not exceed.
  std::array<int64_t, kPckSteps> joints_at{};
  std::array<int64_t, kDistributionSteps> samples_at{};
  std::vector<GroupSums> overlap{kBinEnds.size(), GroupSums(group_layout().count)};  // same layout as the sums of a sequence
  std::array<int64_t, kBinEnds.size()> overlap_samples{};
  std::array<ExactSum, kBinEnds.size()> occlusion_joint;
  std::vector<RankedSample> worst, best;
  int64_t hypotheses = 0;
  std::vector<ExactSum> best_of;  // by entry of counted_hypotheses
  std::vector<RankingSample> ranking;

  bool is_left_out(const SampleErrors& errors, int64_t row);  // because of a fault, which is counted
  void add_sample(const MeasuredErrors& measured, int64_t row);
  void add_metrics(const MeasuredErrors& measured, int64_t row);
  void add_to_group(const MeasuredErrors& measured, int64_t row, GroupSums& group) const;
  void add_bins(const MeasuredErrors& measured, int64_t row, bool counts);
  void add_hypotheses(const SampleErrors& errors, int64_t row, double error);
  void keep_ranked();  // keeps the kRankedSamples samples with the lowest hash
};

}  // namespace interprior
