#pragma once
#include <limits>
#include <memory>

#include "interprior/metric/calibration.h"
#include "interprior/metric/interval.h"
#include "interprior/metric/metric_table.h"
#include "interprior/metric/sample_errors.h"

namespace interprior {

// One metric of a set; NaN where nothing was measured.
struct MetricValue {
  double all = std::numeric_limits<double>::quiet_NaN();  // (right + left) / 2 for metrics per hand
  PerHand<double> hand{all, all};                         // of metrics per hand
  Interval interval;                                      // 95 %, bootstrap over sequences, when the metric has one
};

// Bin (above, up_to] of overlap (samples) or occlusion (hands).
struct Bin {
  double above = 0, up_to = 0;  // the first bin holds exactly 0
  int64_t count = 0;
  double mpjpe_mm = 0, mrrpe_mm = 0;
};
inline constexpr std::array<double, 5> kBinEnds = {0, 0.25, 0.5, 0.75, 1};

struct RankedSample {
  double error_mm = 0;  // mean over measured hands
  PerHand<double> hand_mm;
  std::string sample;
};

inline constexpr int64_t kPckSteps = 51;            // thresholds of 0, 1 ... 50 mm
inline constexpr int64_t kDistributionSteps = 201;  // bounds of 0, 1 ... 200 mm

// Hands and samples left out because of faults of predictions or ground truth.
struct LeftOut {
  int64_t implausible_hands = 0, implausible_samples = 0;  // predicted hands; samples left out because of them
  int64_t true_implausible_samples = 0;                    // implausible ground truth
  int64_t no_hand_samples = 0, true_no_hand_samples = 0;   // no surface metrics: a mesh is not a hand
};

// NaN where nothing was measured. Definitions: docs/protocols.md.
struct Metrics {
  Protocol protocol = Protocol::intaghand;
  int64_t samples = 0;  // samples with at least one measured hand
  LeftOut left_out;
  std::vector<MetricValue> values;  // in the order of metric_table()
  double auc_50mm = 0;
  std::vector<double> pck;           // (51) share of joints, or empty
  std::vector<double> distribution;  // (201) share of samples with error <= bound, or empty
  std::vector<double> per_joint_mm;  // (21), both hands
  std::vector<Bin> overlap_bins, occlusion_bins;
  // Masked protocols: images of a single hand (SH) and of two (IH) separately. `all` pools both; InterWild prints (SH + IH) / 2.
  double single_mpjpe_mm = 0, interacting_mpjpe_mm = 0, mean_of_single_and_interacting_mpjpe_mm = 0;
  int64_t hypotheses = 0;                                    // K per image; 0: none
  std::vector<std::pair<int64_t, double>> best_of_mpjpe_mm;  // best of the first k, k in counted_hypotheses
  // Rank correlation of the standard deviation over hypotheses with the error of the point estimate: over samples, and over
  // single joints without the root. At most kRankedSamples samples are used: those with the lowest hash of their id.
  double stddev_rank_correlation = 0, joint_stddev_rank_correlation = 0;
  std::vector<CalibrationGroup> calibration;  // ten groups of samples by standard deviation
  std::vector<RankedSample> worst, best;      // at most kShownSamples each

  // By metric name, such as "mpjpe_mm"; throws Error for an unknown one.
  double at(const std::string& metric) const;
  double at(const std::string& metric, Side side) const;
  const Interval& interval(const std::string& metric) const;
};
// Whether the metric has a value: its reducer gives one, and surfaces or hypotheses were measured if the metric needs them.
bool is_measured(const Metric& metric, const Metrics& metrics);
inline constexpr size_t kRankedSamples = 20000, kShownSamples = 20;

// Values of k for which best-of-k is reported: 1, 2, 5, 10, 20 ... below K, and K.
std::vector<int64_t> counted_hypotheses(int64_t hypotheses);

// Sums over any number of samples in constant memory. The result does not depend on the order of samples or on chunk sizes.
class MetricSums {
 public:
  explicit MetricSums(Protocol protocol);
  ~MetricSums();
  MetricSums(MetricSums&&) noexcept;

  void add(const SampleErrors& errors);
  int64_t samples() const;  // number of samples that count
  const LeftOut& left_out() const;
  Metrics finish() const;  // throws Error when no sample counts, unless all were left out because of faults

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

// Throws Error when no sample counts.
Metrics summarise(Protocol protocol, const SampleErrors& errors);
// Metrics that are all NaN.
Metrics not_measured(Protocol protocol);

}  // namespace interprior
