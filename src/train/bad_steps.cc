#include "bad_steps.h"

#include <torch/types.h>

namespace interprior {

std::vector<int64_t> BadSteps::take() {
  std::vector<int64_t> steps;
  if (flags_.empty()) return steps;
  std::vector<torch::Tensor> flags;
  for (const auto& [step, flag] : flags_) flags.push_back(flag);
  const torch::Tensor bad = torch::stack(flags).to(torch::kCPU);
  for (size_t i = 0; i < flags_.size(); ++i) {
    const bool is_bad = bad[static_cast<int64_t>(i)].item<float>() != 0;
    in_a_row_ = is_bad ? in_a_row_ + 1 : 0;
    if (is_bad) steps.push_back(flags_[i].first);
  }
  flags_.clear();
  return steps;
}

}  // namespace interprior
