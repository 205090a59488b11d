#pragma once
#include <map>
#include <string>

#include "interprior/evaluation/evaluation.h"
#include "interprior/evaluation/prior_evaluation.h"

namespace interprior {

// Logged metrics of a validation: errors, the two baselines, numbers left out and, with several hypotheses, best-of-k and their
// standard deviation with its rank correlation.
std::map<std::string, double> validation_numbers(const Evaluation& evaluation);
std::map<std::string, double> validation_numbers(const PriorEvaluation& evaluation);

// Additional metrics of a sampler, for its H and M.
constexpr const char* kHeatmapPeak = "heatmap_peak_px";
constexpr const char* kMaskIou = "mask_iou";

}  // namespace interprior
