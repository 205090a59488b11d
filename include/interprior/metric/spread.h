#pragma once
#include <torch/types.h>

#include <cstdint>
#include <vector>

// Does a model know when it errs? The spread of its K hypotheses against the error of its one answer.
namespace interprior {

// Spearman's rank correlation of two lists of numbers (N): 1 where one rises with the other. Equal numbers share their mean rank;
// pairs with a NaN are left out. NaN with fewer than three pairs, or where all numbers of a list are equal.
double rank_correlation(const torch::Tensor& a, const torch::Tensor& b);

// Samples of similar spread, together.
struct SpreadGroup {
  int64_t samples = 0;
  double spread_mm = 0, error_mm = 0;  // means
};
// The calibration curve: samples (N; those with a NaN left out) in `groups` groups of equal size, smallest spread first; fewer
// groups where there are fewer samples.
std::vector<SpreadGroup> spread_groups(const torch::Tensor& spread, const torch::Tensor& error, int64_t groups = 10);

}  // namespace interprior
