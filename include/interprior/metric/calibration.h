#pragma once
#include <torch/types.h>

#include <cstdint>
#include <vector>

// Uncertainty calibration: the standard deviation of a model's K hypotheses against the error of its single prediction.
namespace interprior {

// Spearman's rank correlation of two lists of numbers (N). Ties share their mean rank; pairs with a NaN are skipped. NaN with
// fewer than three pairs, or if all numbers of a list are equal.
double rank_correlation(const torch::Tensor& a, const torch::Tensor& b);

// One bin of the calibration curve: samples of similar standard deviation.
struct CalibrationGroup {
  int64_t samples = 0;
  double stddev_mm = 0, error_mm = 0;  // means
};
// The calibration curve: samples (N; those with a NaN are skipped) in `groups` bins of equal size, smallest standard deviation
// first; with fewer samples than `groups`, fewer bins.
std::vector<CalibrationGroup> calibration_groups(const torch::Tensor& stddev, const torch::Tensor& error, int64_t groups = 10);

}  // namespace interprior
