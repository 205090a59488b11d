#pragma once
#include <torch/types.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace interprior {

// Which steps had no finite loss or gradient. Whether one had lies on the device until it is asked for, all at once.
class BadSteps {
 public:
  void add(int64_t step, const torch::Tensor& bad) { flags_.emplace_back(step, bad); }
  // The bad ones since the last call.
  std::vector<int64_t> take();
  // How many of the last steps, up to the one of the last take(), were bad without one between that was not.
  int64_t in_a_row() const { return in_a_row_; }

 private:
  std::vector<std::pair<int64_t, torch::Tensor>> flags_;
  int64_t in_a_row_ = 0;
};

}  // namespace interprior
