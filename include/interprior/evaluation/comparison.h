#pragma once
#include <memory>

#include "interprior/evaluation/metrics.h"

namespace interprior {

// Paired difference of two methods on the same samples: first minus second, so negative numbers favour the first.
struct PairedDifference {
  std::string name;     // mpjpe_mm, mpvpe_mm, ...
  int64_t samples = 0;  // samples with a value of both methods
  double mean = 0;
  Interval interval;        // 95 % bootstrap over whole sequences
  double share_better = 0;  // share of samples with the smaller error of the first method
};

struct Comparison {
  std::string first, second;
  Metrics other;  // of the second method; those of the first are in Evaluation::metrics
  std::vector<PairedDifference> differences;
  std::vector<std::pair<double, double>> mpjpe_distribution;  // (d, share of samples with a difference of at most d), mm
  std::vector<RankedSample> first_better, second_better;      // largest differences; error_mm is the difference
};

// Sums of paired differences. Memory does not grow with the number of samples; results do not depend on their order.
class PairedSums {
 public:
  PairedSums();
  ~PairedSums();
  PairedSums(PairedSums&&) noexcept;
  void add(const SampleErrors& first, const SampleErrors& second);  // same samples, same order
  void finish(Comparison& comparison) const;                        // sets all but the names and `other`

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace interprior
