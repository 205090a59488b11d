#pragma once
#include <string>

#include "interprior/metric/hand_set.h"

namespace interprior {

// Values of a set beyond the limits of plausible.h, and those that are not finite, counted by hands and by samples.
class ImplausibleValues {
 public:
  void add(const HandSet& set);
  // Throws Error; `samples`: of the whole set.
  void require_finite(int64_t samples, const std::string& where) const;
  void require_none(int64_t samples, const std::string& where) const;

 private:
  int64_t not_finite_ = 0, samples_ = 0, hands_ = 0;
  std::string not_finite_dataset_, first_not_finite_, what_, first_;
};

}  // namespace interprior
