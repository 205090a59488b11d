#include "implausible_values.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include "interprior/geometry/camera.h"
#include "interprior/metric/plausible.h"
#include "metric/hand_sets/hand_set_file.h"

namespace interprior {
namespace {

// Values beyond one limit: hands (N,2) bool, or samples (N,1) bool for the camera.
struct Beyond {
  const char* what;
  torch::Tensor hands;
};

std::vector<Beyond> beyond_limits(const HandSet& set) {
  std::vector<Beyond> found;
  const torch::Tensor mesh = valid_meshes(set);
  const auto look = [&](const char* what, const torch::Tensor& numbers, const torch::Tensor& counted, double most) {
    if (numbers.defined())
      found.push_back({what, (numbers.abs() > most).reshape({set.size(), counted.size(1), -1}).any(2) & counted});
  };
  const auto by_hand = [](const torch::Tensor& numbers) { return numbers.defined() ? numbers.transpose(1, 2) : numbers; };
  look("position (beyond 1000 m)", set.vertices, mesh, kLargestPlace);
  look("position (beyond 1000 m)", set.translation, mesh, kLargestPlace);
  look("position (beyond 1000 m)", by_hand(set.hypotheses_translation), mesh, kLargestPlace);
  look("shape coefficient (beyond 100)", set.shape, mesh, kLargestShape);
  look("shape coefficient (beyond 100)", by_hand(set.hypotheses_shape), mesh, kLargestShape);
  look("angle (beyond 1000 rad)", set.pose, mesh, kLargestAngle);
  look("angle (beyond 1000 rad)", by_hand(set.hypotheses_pose), mesh, kLargestAngle);
  if (set.joints.defined())
    look("position (beyond 1000 m)", set.joints.masked_fill(valid_joints(set).logical_not().unsqueeze(3), 0), valid_hands(set),
         kLargestPlace);
  look("camera (beyond 1e7 px)", set.camera, torch::ones({set.size(), 1}, torch::kBool), kLargestCamera);
  if (set.vertices.defined())
    look("size (beyond 3 m)", (set.vertices.amax(2) - set.vertices.amin(2)).amax(2).unsqueeze(2), mesh, kLargestHand);
  return found;
}

std::string first_of(const HandSet& set, const torch::Tensor& rows) {
  return set.sample[static_cast<size_t>(rows.to(torch::kInt64).argmax().item<int64_t>())];
}

}  // namespace

void ImplausibleValues::add(const HandSet& set) {
  const NotFinite bad = not_finite(set);
  if (const int64_t count = bad.rows.sum().item<int64_t>(); count > 0) {
    if (not_finite_ == 0) not_finite_dataset_ = bad.dataset, first_not_finite_ = first_of(set, bad.rows);
    not_finite_ += count;
  }
  torch::Tensor hands = torch::zeros({set.size(), 2}, torch::kBool);
  for (const Beyond& beyond : beyond_limits(set)) {
    if (samples_ == 0 && what_.empty() && beyond.hands.any().item<bool>()) {
      what_ = beyond.what;
      first_ = first_of(set, beyond.hands.any(1));
    }
    hands = hands | beyond.hands;
  }
  hands_ += hands.sum().item<int64_t>();
  samples_ += hands.any(1).sum().item<int64_t>();
}

void ImplausibleValues::report_not_finite(int64_t samples, Findings& findings) const {
  if (not_finite_ == 0) return;
  findings.push_back({kValuesNotFinite,
                      c10::str(not_finite_dataset_, " of ", not_finite_, " of ", samples, " samples is not finite, the first is ",
                               first_not_finite_),
                      "", "correct the values, or mark these hands in hand_valid or mesh_valid", true});
}

void ImplausibleValues::report_implausible(int64_t samples, Findings& findings) const {
  if (samples_ == 0) return;
  findings.push_back({kValuesImplausible,
                      c10::str(samples_, " of ", samples, " samples (", hands_, " hands) have an implausible ", what_,
                               ", the first is ", first_),
                      "", "correct these values, or mark these hands in hand_valid", true});
}

}  // namespace interprior
