#include "validation_numbers.h"

#include <c10/util/StringUtil.h>

namespace interprior {

std::map<std::string, double> validation_numbers(const Evaluation& evaluation) {
  const Metrics& metrics = evaluation.metrics;
  std::map<std::string, double> values = {{"mpjpe_mm", metrics.all.mpjpe_mm},
                                          {"mpvpe_mm", metrics.all.mpvpe_mm},
                                          {"pa_mpjpe_mm", metrics.all.pa_mpjpe_mm},
                                          {"mrrpe_mm", metrics.mrrpe_mm},
                                          {"baseline_mpjpe_mm", evaluation.mean_pose.all.mpjpe_mm},
                                          {"baseline_true_wrist_mpjpe_mm", evaluation.mean_pose_true_wrist.all.mpjpe_mm}};
  if (metrics.hypotheses < 2) return values;
  for (const auto& [k, error] : metrics.best_of_mpjpe_mm) values[c10::str("best_of_", k, "_mpjpe_mm")] = error;
  values["mean_of_k_mpjpe_mm"] = metrics.mean_of_k_mpjpe_mm;
  values["spread_mm"] = metrics.spread_mm;
  values["spread_rank_correlation"] = metrics.spread_rank_correlation;
  return values;
}

}  // namespace interprior
