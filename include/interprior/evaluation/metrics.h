#pragma once
#include <memory>

#include "interprior/metric/interval.h"
#include "interprior/metric/sample_errors.h"
#include "interprior/metric/spread.h"

namespace interprior {

struct HandMetrics {
  double mpjpe_mm = 0, mpvpe_mm = 0, pa_mpjpe_mm = 0, pa_mpvpe_mm = 0, joint_2d_px = 0;
};

// What of a set falls between two bounds of overlap (samples) or occlusion (hands).
struct Bin {
  double above = 0, up_to = 0;  // the first bin holds exactly 0
  int64_t count = 0;
  double mpjpe_mm = 0, mrrpe_mm = 0;
};
inline constexpr std::array<double, 5> kBinEnds = {0, 0.25, 0.5, 0.75, 1};

struct RankedSample {
  double error_mm = 0;  // mean over the hands that count
  PerHand<double> hand_mm;
  std::string sample;
};

inline constexpr int64_t kPckSteps = 51;            // thresholds of 0, 1 ... 50 mm
inline constexpr int64_t kDistributionSteps = 201;  // bounds of 0, 1 ... 200 mm

// What was left out for a fault, of predictions and of the truth.
struct LeftOut {
  int64_t implausible_hands = 0, implausible_samples = 0;  // predicted hands; samples that are left out because of them
  int64_t true_implausible_samples = 0;                    // whose truth cannot be measured against
  int64_t no_hand_samples = 0, true_no_hand_samples = 0;   // without surfaces, as a mesh is no hand
};

// NaN where nothing was measured. docs/protocols.md says what each number means.
struct Metrics {
  Protocol protocol = Protocol::intaghand;
  int64_t samples = 0;  // with at least one hand that counts
  LeftOut left_out;
  HandMetrics all;  // (right + left) / 2
  PerHand<HandMetrics> hand;
  double mrrpe_mm = 0, rrve_mm = 0;
  double auc_50mm = 0;
  std::vector<double> pck;           // (51) share of joints, or empty
  std::vector<double> distribution;  // (201) share of samples with at most so many mm, or empty
  Interval mpjpe_interval, mpvpe_interval, mrrpe_interval, pa_mpjpe_interval, pa_mpvpe_interval;  // 95 %, over sequences
  std::vector<double> per_joint_mm;                                                               // (21), both hands
  // Of surfaces: mean and largest over the samples; NaN when they were not measured.
  double penetration_mm = 0, largest_penetration_mm = 0, mean_depth_mm = 0, intersection_cm3 = 0;
  double contact_ratio = 0, true_contact_ratio = 0, contact_distance_error_mm = 0;
  std::vector<Bin> overlap_bins, occlusion_bins;
  // Masked protocols show pictures of a single hand (SH) and of two (IH) apart: `all` pools them, InterWild prints (SH + IH) / 2.
  double single_mpjpe_mm = 0, interacting_mpjpe_mm = 0, mean_of_single_and_interacting_mpjpe_mm = 0;
  int64_t hypotheses = 0;                                    // K; 0: none
  double best_of_k_mpjpe_mm = 0, mean_of_k_mpjpe_mm = 0;     // mean over samples
  std::vector<std::pair<int64_t, double>> best_of_mpjpe_mm;  // of the first counted_hypotheses
  // Whether the spread of the draws tells the error of the one answer: of samples, and of single joints without the root. Of more
  // than kRankedSamples samples those with the lowest hash of their id.
  double spread_mm = 0, spread_rank_correlation = 0, joint_spread_rank_correlation = 0;
  std::vector<SpreadGroup> calibration;   // ten groups of samples by spread
  std::vector<RankedSample> worst, best;  // at most kShownSamples each
};
inline constexpr size_t kRankedSamples = 20000, kShownSamples = 20;

// How many of the first draws the best is told of: 1, 2, 5, 10, 20 ... below K, and K.
std::vector<int64_t> counted_hypotheses(int64_t hypotheses);

// Sums over any number of samples, in memory that does not grow with them. The result depends on the samples alone, not on
// their order or on what came together.
class MetricSums {
 public:
  explicit MetricSums(Protocol protocol);
  ~MetricSums();
  MetricSums(MetricSums&&) noexcept;

  void add(const SampleErrors& errors);
  int64_t samples() const;  // that count
  const LeftOut& left_out() const;
  Metrics finish() const;  // throws Error when no sample counts, unless all were left out for a fault

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

// Throws Error when no sample counts.
Metrics summarise(Protocol protocol, const SampleErrors& errors);
// Numbers that could not be measured: all NaN.
Metrics not_measured(Protocol protocol);

}  // namespace interprior
