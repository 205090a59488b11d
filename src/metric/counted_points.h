#pragma once
#include "interprior/metric/hand_sets/hand_set.h"
#include "point_errors.h"

namespace interprior {

// Throws Error naming the first sample where `bad` (N,...) is true, and the number of such samples.
void forbid(const torch::Tensor& bad, const HandSet& set, const std::string& what, const std::string& advice);

// Joints and hands that a protocol compares in two sets of the same samples. Throws Error if a required tensor is missing.
struct CountedPoints {
  ProtocolRule rule;
  torch::Tensor joint, annotated, mesh;  // (N,2,21), (N,2,21), (N,2) bool, contiguous
  bool true_annotated, predicted_own;    // ground-truth joints are annotated; predicted joints are the network's output

  CountedPoints(Protocol protocol, const HandSet& predictions, const HandSet& truth);
  Counted of(int64_t row) const;
};

}  // namespace interprior
