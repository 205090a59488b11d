#pragma once
#include <torch/types.h>

#include <string>
#include <vector>

namespace interprior {

// Named loss terms, each a scalar tensor (unweighted) with its weight.
struct Term {
  std::string name;
  torch::Tensor value;
  double weight = 1;
};

struct Terms {
  std::vector<Term> list;
  void add(std::string name, torch::Tensor value, double weight) { list.push_back({std::move(name), std::move(value), weight}); }
  torch::Tensor total() const;  // sum of weight * value
};

// Converts bf16 and fp16 to fp32 for computing losses; fp32 and fp64 are unchanged.
torch::Tensor in_full_precision(const torch::Tensor& tensor);

// Mean over B samples of the mean of `values` (B,...) over the entries marked by `valid` (broadcastable, bool); a sample without
// valid entries counts as zero. So the mean over micro-batches equals that over the batch, whichever entries are valid. No host
// sync.
torch::Tensor masked_mean(const torch::Tensor& values, const torch::Tensor& valid);

}  // namespace interprior
