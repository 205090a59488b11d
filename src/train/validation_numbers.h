#pragma once
#include <map>
#include <string>

#include "interprior/evaluation/evaluation.h"
#include "interprior/evaluation/prior_evaluation.h"

namespace interprior {

// What a validation of reconstructed hands is logged as: errors, the two baselines, what was left out, and of more
// than one hypothesis best-of-k and what their spread tells.
std::map<std::string, double> validation_numbers(const Evaluation& evaluation);
std::map<std::string, double> validation_numbers(const PriorEvaluation& evaluation);

// What a sampler's validation knows beside that, of its H and M.
constexpr const char* kHeatmapPeak = "heatmap_peak_px";
constexpr const char* kMaskIou = "mask_iou";

}  // namespace interprior
