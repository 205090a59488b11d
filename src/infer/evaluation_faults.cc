#include <set>

#include "interprior/infer/evaluation.h"

namespace interprior {

bool is_fault(const std::string& reason) {
  static const std::set<std::string> as_it_should_be = {
      "mano_missing", "mano_one_hand", "hand_type_invalid", "joints_missing",  // what data sets do not annotate
      "not_interacting", "not_both_hands", "no_valid_joint",                   // what a test set does not hold
      "not_wanted", "excluded_by_filter", "image_dark"};
  return as_it_should_be.count(reason) == 0;
}

std::map<std::string, int64_t> surfaces_left_out(const Metrics& metrics) {
  std::map<std::string, int64_t> reasons;
  if (metrics.left_out.no_hand_samples > 0) reasons["mesh_is_no_hand"] = metrics.left_out.no_hand_samples;
  if (metrics.left_out.true_no_hand_samples > 0) reasons["true_mesh_is_no_hand"] = metrics.left_out.true_no_hand_samples;
  return reasons;
}

}  // namespace interprior
