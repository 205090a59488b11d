#pragma once
#include <cmath>
#include <cstdint>
#include <limits>

#include "interprior/base/error.h"

namespace interprior {

// A fixed-point sum in steps of 2^-40, so that the result does not depend on the order of summation or on partial sums. NaN is
// skipped; a magnitude of 1e15 or more throws Error.
class ExactSum {
  __extension__ typedef __int128 Wide;
  static constexpr int kBits = 40;
  static constexpr double kSteps = 1099511627776.0, kFits = 4e18, kLargest = 1e15;

 public:
  void add(double value) {
    if (std::isnan(value)) return;
    if (!(std::abs(value) < kLargest))
      throw Error("a number is too large to be summed", "", "check predictions, ground truth and cameras");
    const double steps = value * kSteps;  // exact: a power of two
    // Nearly all numbers fit into 64 bits, where conversion is far faster.
    sum_ += std::abs(steps) < kFits ? static_cast<Wide>(std::llrint(steps)) : static_cast<Wide>(std::nearbyint(steps));
    ++count_;
  }
  void add(const ExactSum& other) {
    sum_ += other.sum_;
    count_ += other.count_;
  }
  int64_t count() const { return count_; }
  double total() const { return std::ldexp(static_cast<double>(sum_), -kBits); }
  // NaN if nothing was added.
  double mean() const { return count_ > 0 ? total() / static_cast<double>(count_) : std::numeric_limits<double>::quiet_NaN(); }

 private:
  Wide sum_ = 0;
  int64_t count_ = 0;
};

}  // namespace interprior
