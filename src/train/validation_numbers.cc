#include "validation_numbers.h"

#include <c10/util/StringUtil.h>

#include "interprior/train/task.h"
#include "interprior/train/validation_names.h"

namespace interprior {

std::map<std::string, double> validation_numbers(const PriorEvaluation& evaluation) {
  return {{"prior_joint_error_mm", evaluation.joint_mm},
          {"prior_vertex_error_mm", evaluation.vertex_mm},
          {"prior_joint_error_per_hand_mm", evaluation.joint_per_hand_mm},
          {"active_dimensions", static_cast<double>(evaluation.active_dimensions)},
          {kImplausibleHands, static_cast<double>(evaluation.implausible_hands)},
          {kImplausibleSamples, static_cast<double>(evaluation.implausible_samples)}};
}

std::map<std::string, double> validation_numbers(const Evaluation& evaluation) {
  const Metrics& metrics = evaluation.metrics;
  std::map<std::string, double> values = {{"mpjpe_mm", metrics.at("mpjpe_mm")},
                                          {"mpvpe_mm", metrics.at("mpvpe_mm")},
                                          {"pa_mpjpe_mm", metrics.at("pa_mpjpe_mm")},
                                          {"mrrpe_mm", metrics.at("mrrpe_mm")},
                                          {"baseline_mpjpe_mm", evaluation.mean_pose.at("mpjpe_mm")},
                                          {"baseline_true_wrist_mpjpe_mm", evaluation.mean_pose_gt_orientation.at("mpjpe_mm")},
                                          {kImplausibleHands, static_cast<double>(metrics.left_out.implausible_hands)},
                                          {kImplausibleSamples, static_cast<double>(metrics.left_out.implausible_samples)}};
  if (metrics.hypotheses < 2) return values;
  for (const auto& [k, error] : metrics.best_of_mpjpe_mm) values[c10::str("best_of_", k, "_mpjpe_mm")] = error;
  values["mean_of_k_mpjpe_mm"] = metrics.at("mean_of_k_mpjpe_mm");
  values["spread_mm"] = metrics.at("spread_mm");
  values["spread_rank_correlation"] = metrics.stddev_rank_correlation;
  return values;
}

std::vector<std::string> prior_validation_names(int64_t) {
  std::vector<std::string> names;
  for (const auto& [name, value] : validation_numbers(PriorEvaluation())) names.push_back(name);
  return names;
}

std::vector<std::string> cue_validation_names(int64_t hypotheses) {
  Evaluation evaluation;
  evaluation.metrics.hypotheses = hypotheses;
  for (const int64_t k : counted_hypotheses(hypotheses)) evaluation.metrics.best_of_mpjpe_mm.emplace_back(k, 0);
  std::vector<std::string> names;
  for (const auto& [name, value] : validation_numbers(evaluation)) names.push_back(name);
  return names;
}

std::vector<std::string> sampler_validation_names(int64_t hypotheses) {
  std::vector<std::string> names = cue_validation_names(hypotheses);
  names.insert(names.end(), {kHeatmapPeak, kMaskIou});
  return names;
}

}  // namespace interprior
