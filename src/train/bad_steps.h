#pragma once
#include <torch/types.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace interprior {

// Steps without a finite loss or gradient. Their flags stay on the device; `take()` copies them to the host in one transfer.
class BadSteps {
 public:
  void add(int64_t step, const torch::Tensor& bad) { flags_.emplace_back(step, bad); }
  // The bad steps since the last call.
  std::vector<int64_t> take();
  // Number of consecutive bad steps up to the last take().
  int64_t in_a_row() const { return in_a_row_; }

 private:
  std::vector<std::pair<int64_t, torch::Tensor>> flags_;
  int64_t in_a_row_ = 0;
};

}  // namespace interprior
