#include "interprior/objective/terms.h"

#include <torch/types.h>

#include "interprior/base/error.h"

namespace interprior {

torch::Tensor Terms::total() const {
  require(!list.empty(), "the loss has no terms", "Terms::total");
  torch::Tensor sum;
  for (const Term& term : list) {
    if (term.weight == 0) continue;
    const torch::Tensor part = term.value * term.weight;
    sum = sum.defined() ? sum + part : part;
  }
  return sum.defined() ? sum : list.front().value * 0;
}

torch::Tensor in_full_precision(const torch::Tensor& tensor) {
  return tensor.scalar_type() == torch::kFloat64 ? tensor : tensor.to(torch::kFloat32);
}

torch::Tensor masked_mean(const torch::Tensor& values, const torch::Tensor& valid) {
  const torch::Tensor mask = valid.expand(values.sizes()).to(values.scalar_type()).flatten(1);
  const torch::Tensor kept = torch::where(mask > 0, values.flatten(1), torch::zeros_like(mask));
  const torch::Tensor entries = mask.sum(1);
  const torch::Tensor per_sample = kept.sum(1) / entries.clamp_min(1);
  return per_sample.sum() / std::max<int64_t>(1, values.size(0));
}

}  // namespace interprior
