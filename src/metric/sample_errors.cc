#include <c10/util/StringUtil.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <limits>

#include "interprior/base/error.h"
#include "interprior/geometry/alignment.h"
#include "interprior/hand/contact.h"
#include "interprior/hand/skeleton.h"
#include "interprior/metric/protocol.h"

namespace interprior {
namespace {

constexpr int64_t kChunk = 256;  // samples whose meshes are in memory together
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kMillimetres = 1000;
constexpr double kContact = kMillimetres * kContactDistance;

// What a protocol compares in some samples, float64, metres, camera frame.
struct Points {
  torch::Tensor vertices;     // (n,2,V,3), undefined without meshes
  torch::Tensor mesh_joints;  // (n,2,21,3) regressed from them
  torch::Tensor joints;       // (n,2,21,3) the protocol's
};

torch::Tensor regressed(const torch::Tensor& vertices, const TwoHands& hands) {
  const torch::Tensor right = hands.layer.right.regress_joints(vertices.select(1, 0));
  const torch::Tensor left = hands.layer.left.regress_joints(vertices.select(1, 1));
  return torch::stack({right, left}, 1).to(torch::kFloat64);
}

Points mesh_points(const HandSet& set, const TwoHands& hands) {
  if (!set.has_mesh()) return {};
  const torch::Tensor vertices = vertices_of(set, hands);
  const torch::Tensor joints = regressed(vertices, hands);
  return {vertices.to(torch::kFloat64), joints, joints};
}

Points true_points(const ProtocolRule& rule, const HandSet& truth, const TwoHands& hands) {
  Points points = mesh_points(truth, hands);
  if (rule.annotated_joints) {
    require(truth.joints.defined(), "the truth has no annotated joints", "joints",
            "give them, or choose the protocol intaghand or wrist");
    points.joints = truth.joints.to(torch::kFloat64);
  }
  require(points.joints.defined(), "the truth has no meshes", "truth", "give vertices or MANO parameters");
  return points;
}

Points predicted_points(const ProtocolRule& rule, const HandSet& predictions, const TwoHands& hands) {
  Points points = mesh_points(predictions, hands);
  if (rule.network_joints) {
    require(predictions.joints.defined() || predictions.has_parameters(), "the predictions have no joints of their own", "joints",
            "give joints, or choose the protocol interwild");
    points.joints = (predictions.joints.defined() ? predictions.joints : chain_joints_of(predictions, hands)).to(torch::kFloat64);
  }
  require(points.joints.defined(), "the predictions have no meshes", "predictions", "give vertices or MANO parameters");
  return points;
}

torch::Tensor distance_mm(const torch::Tensor& a, const torch::Tensor& b) { return kMillimetres * (a - b).norm(2, {-1}); }

torch::Tensor only(const torch::Tensor& counted, const torch::Tensor& values) {
  return values.masked_fill(counted.logical_not(), kNaN);
}

torch::Tensor bone_length(const torch::Tensor& joints) {
  return (joints.select(2, kMiddleKnuckle) - joints.select(2, kWrist)).norm(2, {-1});
}

// Throws naming the first sample where `bad` (n,...) holds.
void forbid(const torch::Tensor& bad, const HandSet& set, const std::string& what, const std::string& advice) {
  const torch::Tensor row = bad.reshape({set.size(), -1}).any(1);
  if (row.any().item<bool>())
    throw Error(what, set.sample[static_cast<size_t>(row.to(torch::kInt64).argmax().item<int64_t>())], advice);
}

// Mean distance per hand (n,2) after a similarity alignment per hand; NaN where a hand has no point that counts.
torch::Tensor aligned_mm(const torch::Tensor& predicted, const torch::Tensor& truth, const torch::Tensor& counted) {
  const torch::Tensor from = predicted.flatten(0, 1), to = truth.flatten(0, 1), mask = counted.flatten(0, 1);
  const torch::Tensor whole = mask.all(1), some = mask.any(1) & whole.logical_not();
  torch::Tensor error = torch::full({from.size(0)}, kNaN, torch::kFloat64);
  const auto align = [&](const torch::Tensor& row, const torch::Tensor& a, const torch::Tensor& b) {
    error.index_put_({row}, distance_mm(procrustes(a, b).apply(a), b).mean(1));
  };
  if (whole.any().item<bool>()) align(whole, from.index({whole}), to.index({whole}));
  for (const torch::Tensor& row : some.nonzero().unbind()) {
    const torch::Tensor point = mask.index_select(0, row).squeeze(0).nonzero().squeeze(1);
    align(row, from.index_select(0, row).index_select(1, point), to.index_select(0, row).index_select(1, point));
  }
  return error.view({predicted.size(0), 2});
}

void joint_errors(const ProtocolRule& rule, const Points& predicted, const Points& truth, const torch::Tensor& scale,
                  const torch::Tensor& counted, SampleErrors& errors) {
  const torch::Tensor root = predicted.joints.select(2, rule.root_joint).unsqueeze(2);
  const torch::Tensor true_root = truth.joints.select(2, rule.root_joint).unsqueeze(2);
  errors.per_joint = only(counted, distance_mm(scale * (predicted.joints - root), truth.joints - true_root));
  errors.joint = errors.per_joint.nanmean(2);
  errors.pa_joint = aligned_mm(predicted.joints, truth.joints, counted);
  const torch::Tensor offset = (root.select(1, 1) - root.select(1, 0)).squeeze(1);
  const torch::Tensor true_offset = (true_root.select(1, 1) - true_root.select(1, 0)).squeeze(1);
  errors.relative_root = only(counted.select(2, rule.root_joint).all(1), distance_mm(offset, true_offset));
}

void vertex_errors(const ProtocolRule& rule, const Points& predicted, const Points& truth, const torch::Tensor& scale,
                   const torch::Tensor& counted, SampleErrors& errors) {
  const int64_t count = counted.size(0);
  errors.vertex = errors.pa_vertex = torch::full({count, 2}, kNaN, torch::kFloat64);
  errors.relative_vertex = torch::full({count}, kNaN, torch::kFloat64);
  if (!predicted.vertices.defined() || !truth.vertices.defined()) return;
  const auto about = [](const Points& points, int64_t joint) {
    return points.vertices - points.mesh_joints.select(2, joint).unsqueeze(2);
  };
  errors.vertex = only(counted, distance_mm(scale * about(predicted, rule.root_joint), about(truth, rule.root_joint)).mean(2));
  errors.pa_vertex =
      aligned_mm(predicted.vertices, truth.vertices, counted.unsqueeze(2).expand({-1, -1, truth.vertices.size(2)}));
  const auto right_wrist = [](const Points& points) {
    return points.mesh_joints.select(1, 0).select(1, kWrist).view({-1, 1, 1, 3});
  };
  const torch::Tensor both = distance_mm(predicted.vertices - right_wrist(predicted), truth.vertices - right_wrist(truth));
  errors.relative_vertex = only(counted.all(1), both.mean({1, 2}));
}

// The two hands of a sample as capsules about the joints of their meshes: what they overlap, and whether they touch.
void contact_errors(const Points& predicted, const Points& truth, const torch::Tensor& counted, SampleErrors& errors) {
  errors.penetration = errors.contact = errors.true_contact = torch::full({counted.size(0)}, kNaN, torch::kFloat64);
  if (!predicted.vertices.defined() || !truth.vertices.defined()) return;
  const auto nearest_mm = [](const Points& points) {
    return kMillimetres * capsule_distances({points.mesh_joints.select(1, 0), points.mesh_joints.select(1, 1)}).amin({1, 2});
  };
  const torch::Tensor both = counted.all(1), nearest = nearest_mm(predicted);
  errors.penetration = only(both, (-nearest).clamp_min(0));
  errors.contact = only(both, (nearest < kContact).to(torch::kFloat64));
  errors.true_contact = only(both, (nearest_mm(truth) < kContact).to(torch::kFloat64));
}

SampleErrors chunk_errors(const ProtocolRule& rule, const HandSet& predictions, const HandSet& truth, const TwoHands& hands,
                          torch::Tensor* joints = nullptr) {
  const torch::Tensor hand = valid_hands(truth), mesh = valid_meshes(truth);
  torch::Tensor joint = (rule.annotated_joints ? hand : mesh).unsqueeze(2).expand({-1, -1, kJoints});
  if (rule.masked) {
    joint = valid_joints(truth);
    joint = joint & joint.narrow(2, rule.root_joint, 1);
  }
  const torch::Tensor needed = joint.any(2) | mesh;
  forbid(needed & valid_meshes(predictions).logical_not(), truth, "the prediction lacks a hand that the truth has",
         "predict every hand that the truth counts");

  const Points predicted = predicted_points(rule, predictions, hands), actual = true_points(rule, truth, hands);
  if (joints) *joints = predicted.joints;
  torch::Tensor scale = torch::ones({truth.size(), 2, 1, 1}, torch::kFloat64);
  if (rule.bone_scale) {
    const torch::Tensor length = bone_length(predicted.joints);
    forbid((length <= 0) & needed, truth, "the predicted wrist and middle knuckle are one point",
           "check the prediction of this sample");
    scale = (bone_length(actual.joints) / length).view({-1, 2, 1, 1});
  }
  SampleErrors errors;
  errors.sample = truth.sample;
  errors.group = truth.group;
  errors.interacting = hand.all(1);
  joint_errors(rule, predicted, actual, scale, joint, errors);
  vertex_errors(rule, predicted, actual, scale, mesh, errors);
  contact_errors(predicted, actual, mesh, errors);
  const bool both_meshes = predicted.vertices.defined() && actual.vertices.defined();
  forbid(joint & errors.per_joint.isfinite().logical_not(), truth, "a joint error that is not finite",
         "check prediction and truth of this sample");
  if (both_meshes)
    forbid(mesh & errors.vertex.isfinite().logical_not(), truth, "a vertex error that is not finite",
           "check prediction and truth of this sample");
  return errors;
}

// K hypotheses: the joint error of a sample, averaged over the hands that count, and how far the draws lie apart.
void hypothesis_errors(const ProtocolRule& rule, const HandSet& predictions, const HandSet& truth, const TwoHands& hands,
                       SampleErrors& errors) {
  std::vector<torch::Tensor> joint;
  RunningVariance about_root;
  HandSet drawn = predictions;
  drawn.vertices = drawn.joints = torch::Tensor();
  for (int64_t k = 0; k < predictions.hypotheses(); ++k) {
    drawn.pose = predictions.hypotheses_pose.select(1, k);
    drawn.shape = predictions.hypotheses_shape.select(1, k);
    drawn.translation = predictions.hypotheses_translation.select(1, k);
    torch::Tensor joints;
    joint.push_back(chunk_errors(rule, drawn, truth, hands, &joints).joint.nanmean(1));
    about_root.add(joints - joints.narrow(2, rule.root_joint, 1));
  }
  errors.hypothesis_joint = torch::stack(joint, 1);
  errors.best_joint = errors.hypothesis_joint.amin(1);
  errors.mean_joint = errors.hypothesis_joint.mean(1);
  errors.per_joint_spread = only(errors.per_joint.isfinite(), kMillimetres * about_root.variance().sum(3).sqrt());
  errors.spread = errors.per_joint_spread.nanmean(2).nanmean(1);
}

}  // namespace

SampleErrors sample_errors(Protocol protocol, const HandSet& predictions, const HandSet& truth, const TwoHands& hands) {
  require(predictions.sample == truth.sample, "predictions and truth are not in one order", "sample_errors",
          "pass joined(predictions, truth)");
  const torch::NoGradGuard no_grad;
  const ProtocolRule rule = rule_of(protocol);
  std::vector<SampleErrors> chunks;
  for (int64_t begin = 0; begin < truth.size(); begin += kChunk) {
    const int64_t end = std::min(begin + kChunk, truth.size());
    const HandSet some = rows(predictions, begin, end), some_truth = rows(truth, begin, end);
    chunks.push_back(chunk_errors(rule, some, some_truth, hands));
    if (predictions.hypotheses() > 0) hypothesis_errors(rule, some, some_truth, hands, chunks.back());
  }
  SampleErrors errors;
  errors.sample = truth.sample;
  errors.group = truth.group;
  errors.hypotheses = predictions.hypotheses();
  for (torch::Tensor SampleErrors::*member :
       {&SampleErrors::joint, &SampleErrors::vertex, &SampleErrors::pa_joint, &SampleErrors::pa_vertex, &SampleErrors::per_joint,
        &SampleErrors::relative_root, &SampleErrors::relative_vertex, &SampleErrors::interacting, &SampleErrors::penetration,
        &SampleErrors::contact, &SampleErrors::true_contact, &SampleErrors::hypothesis_joint, &SampleErrors::best_joint,
        &SampleErrors::mean_joint, &SampleErrors::per_joint_spread, &SampleErrors::spread}) {
    std::vector<torch::Tensor> parts;
    for (const SampleErrors& chunk : chunks)
      if ((chunk.*member).defined()) parts.push_back(chunk.*member);
    if (!parts.empty()) errors.*member = torch::cat(parts);
  }
  return errors;
}

}  // namespace interprior
