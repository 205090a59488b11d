#include "term_means.h"

#include <torch/types.h>

namespace interprior {

void TermMeans::add(const Terms& terms, const torch::Tensor& total) {
  const auto accumulate = [this](const std::string& name, const torch::Tensor& value) {
    torch::Tensor& sum = sums_[name];
    sum = sum.defined() ? sum + value.detach() : value.detach().clone();
  };
  accumulate("loss", total);
  for (const Term& term : terms.list) accumulate("loss/" + term.name, term.value);
  ++count_;
}

std::map<std::string, double> TermMeans::take() {
  std::map<std::string, double> means;
  for (const auto& [name, sum] : sums_) means[name] = sum.item<double>() / static_cast<double>(count_);
  sums_.clear();
  count_ = 0;
  return means;
}

}  // namespace interprior
