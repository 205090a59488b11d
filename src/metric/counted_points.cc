#include "counted_points.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include <algorithm>

#include "interprior/base/error.h"

namespace interprior {

void forbid(const torch::Tensor& bad, const HandSet& set, const std::string& what, const std::string& advice) {
  const torch::Tensor row = bad.reshape({set.size(), -1}).any(1);
  const int64_t count = row.sum().item<int64_t>();
  if (count == 0) return;
  const std::string& first = set.sample[static_cast<size_t>(row.to(torch::kInt64).argmax().item<int64_t>())];
  throw Error(what, count == 1 ? first : c10::str(first, " and ", count - 1, " more samples"), advice);
}

CountedPoints::CountedPoints(Protocol protocol, const HandSet& predictions, const HandSet& truth) : rule(rule_of(protocol)) {
  const torch::Tensor hand = valid_hands(truth);
  mesh = valid_meshes(truth).contiguous();
  joint = (rule.annotated_joints ? hand : mesh).unsqueeze(2).expand({-1, -1, kJoints});
  if (rule.masked) {
    joint = valid_joints(truth);
    joint = joint & joint.narrow(2, rule.root_joint, 1);
  }
  joint = joint.contiguous();
  annotated = valid_joints(truth).contiguous();
  predicted_own = rule.network_joints && predictions.joints.defined();
  const torch::Tensor predicted = predicted_own && !predictions.has_mesh() ? valid_hands(predictions) : valid_meshes(predictions);
  if (predicted_own)
    forbid(joint & valid_joints(predictions).logical_not(), truth, "the prediction lacks a joint that the ground truth has",
           "predict every joint");
  forbid((joint.any(2) | mesh) & predicted.logical_not(), truth, "the prediction lacks a hand that the ground truth has",
         "predict every hand of the ground truth");
  true_annotated = rule.annotated_joints;
  require(!true_annotated || truth.joints.defined(), "the ground truth has no annotated joints", "joints",
          "give them, or choose the protocol intaghand or wrist");
  require(true_annotated || truth.has_mesh(), "the ground truth has no meshes", "truth", "give vertices or MANO parameters");
  require(!rule.network_joints || predicted_own || predictions.has_parameters(), "the predictions have no joints of their own",
          "joints", "give joints, or choose the protocol interwild");
  require(rule.network_joints || predictions.has_mesh(), "the predictions have no meshes", "predictions",
          "give vertices or MANO parameters");
}

Counted CountedPoints::of(int64_t row) const {
  Counted counted;
  for (const Side side : kSides) {
    const int64_t hand = 2 * row + static_cast<int64_t>(side);
    std::copy_n(joint.const_data_ptr<bool>() + kJoints * hand, kJoints, counted.joint[side].begin());
    std::copy_n(annotated.const_data_ptr<bool>() + kJoints * hand, kJoints, counted.annotated[side].begin());
    counted.mesh[side] = mesh.const_data_ptr<bool>()[hand];
  }
  return counted;
}

}  // namespace interprior
