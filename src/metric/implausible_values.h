#pragma once
#include <string>

#include "interprior/base/finding.h"
#include "interprior/metric/hand_sets/hand_set.h"

namespace interprior {

inline constexpr const char *kValuesNotFinite = "values_not_finite", *kValuesImplausible = "values_implausible";

// Counts the hands and samples with values beyond the limits of plausible.h, and those with non-finite values.
class ImplausibleValues {
 public:
  void add(const HandSet& set);
  // values_not_finite; samples: of the whole set.
  void report_not_finite(int64_t samples, Findings& findings) const;
  void report_implausible(int64_t samples, Findings& findings) const;  // values_implausible

 private:
  int64_t not_finite_ = 0, samples_ = 0, hands_ = 0;
  std::string not_finite_dataset_, first_not_finite_, what_, first_;
};

}  // namespace interprior
