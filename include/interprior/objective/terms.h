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

// What a loss computes in: fp32 where the network spoke in bf16 or fp16, its own precision otherwise.
torch::Tensor in_full_precision(const torch::Tensor& tensor);

// Mean over B samples of the mean of `values` (B,...) over those entries that `valid` (broadcastable, bool) allows; a sample
// without any counts as zero. So the mean over parts of a batch is the mean over the batch, whatever is valid where. No host
// sync.
torch::Tensor masked_mean(const torch::Tensor& values, const torch::Tensor& valid);

}  // namespace interprior
