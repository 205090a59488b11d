#pragma once
#include "interprior/metric/hand_sets/hand_set.h"
#include "point_errors.h"

namespace interprior {

// Throws Error naming the first sample where `bad` (N,...) holds, and how many there are.
void forbid(const torch::Tensor& bad, const HandSet& set, const std::string& what, const std::string& advice);

// What a protocol counts and compares in two sets of the same samples. Throws Error where they lack what it needs.
struct CountedPoints {
  ProtocolRule rule;
  torch::Tensor joint, annotated, mesh;  // (N,2,21), (N,2,21), (N,2) bool, contiguous
  bool true_annotated, predicted_own;    // true joints are the annotated ones; predicted ones those that the network gives

  CountedPoints(Protocol protocol, const HandSet& predictions, const HandSet& truth);
  Counted of(int64_t row) const;
};

}  // namespace interprior
