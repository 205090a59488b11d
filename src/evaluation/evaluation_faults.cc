#include "interprior/evaluation/evaluation.h"

namespace interprior {

std::map<std::string, int64_t> surfaces_left_out(const Metrics& metrics) {
  std::map<std::string, int64_t> reasons;
  if (metrics.left_out.no_hand_samples > 0) reasons["mesh_is_no_hand"] = metrics.left_out.no_hand_samples;
  if (metrics.left_out.true_no_hand_samples > 0) reasons["true_mesh_is_no_hand"] = metrics.left_out.true_no_hand_samples;
  return reasons;
}

}  // namespace interprior
