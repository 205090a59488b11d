#include <c10/util/StringUtil.h>

#include <algorithm>

#include "interprior/data/images/image_index.h"
#include "interprior/evaluation/evaluation.h"

namespace interprior {

std::map<std::string, int64_t> surfaces_left_out(const Metrics& metrics) {
  std::map<std::string, int64_t> reasons;
  if (metrics.left_out.no_hand_samples > 0) reasons["mesh_is_no_hand"] = metrics.left_out.no_hand_samples;
  if (metrics.left_out.true_no_hand_samples > 0) reasons["true_mesh_is_no_hand"] = metrics.left_out.true_no_hand_samples;
  return reasons;
}

std::string faults_of(const std::vector<Evaluation>& evaluations) {
  std::map<std::string, int64_t> faults;  // largest number over the protocols
  const auto count = [&](const std::string& reason, int64_t samples) {
    if (samples > 0) faults[reason] = std::max(faults[reason], samples);
  };
  for (const Evaluation& evaluation : evaluations) {
    for (const auto& [reason, samples] : evaluation.skipped)
      if (is_fault(reason)) count(reason, samples);
    for (const auto& [reason, samples] : surfaces_left_out(evaluation.metrics)) count("surfaces, " + reason, samples);
  }
  std::string list;
  for (const auto& [reason, samples] : faults) list += c10::str(list.empty() ? "" : "; ", reason, ": ", samples);
  return list;
}

}  // namespace interprior
