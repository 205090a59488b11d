#pragma once
#include <memory>

#include "interprior/evaluation/metrics.h"

namespace interprior {

// Two methods on the same samples, one sample after the other: the first minus the second, so negative numbers favour the first.
struct PairedDifference {
  std::string name;     // mpjpe_mm, mpvpe_mm, ...
  int64_t samples = 0;  // in which both have a number
  double mean = 0;
  Interval interval;        // 95 %, whole sequences drawn
  double share_better = 0;  // of the samples in which the first has the smaller error
};

struct Comparison {
  std::string first, second;
  Metrics other;  // of the second; the first's stand in the Evaluation
  std::vector<PairedDifference> differences;
  std::vector<std::pair<double, double>> mpjpe_distribution;  // difference in mm, share of the samples with at most so much
  std::vector<RankedSample> first_better, second_better;      // where they differ most: error_mm is the difference
};

// Memory does not grow with the samples; no number depends on their order.
class PairedSums {
 public:
  PairedSums();
  ~PairedSums();
  PairedSums(PairedSums&&) noexcept;
  void add(const SampleErrors& first, const SampleErrors& second);  // the same samples in the same order
  void finish(Comparison& comparison) const;                        // all but the names and `other`

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace interprior
