#include "interprior/metric/sample_errors.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <limits>

#include "closed_hands.h"
#include "interprior/base/error.h"
#include "interprior/base/parallel.h"
#include "point_errors.h"

namespace interprior {
namespace {

constexpr int64_t kBlock = 16;  // samples whose meshes are made together
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

torch::Tensor nothing(std::vector<int64_t> shape) { return torch::full(shape, kNaN, torch::kFloat64); }

// Throws naming the first sample where `bad` (n,...) holds, and how many there are.
void forbid(const torch::Tensor& bad, const HandSet& set, const std::string& what, const std::string& advice) {
  const torch::Tensor row = bad.reshape({set.size(), -1}).any(1);
  const int64_t count = row.sum().item<int64_t>();
  if (count == 0) return;
  const std::string& first = set.sample[static_cast<size_t>(row.to(torch::kInt64).argmax().item<int64_t>())];
  throw Error(what, count == 1 ? first : c10::str(first, " and ", count - 1, " more samples"), advice);
}

// What a protocol counts and compares in a set, checked.
struct Test {
  ProtocolRule rule;
  torch::Tensor joint, annotated, mesh;  // (N,2,21), (N,2,21), (N,2) bool, contiguous
  bool true_annotated, predicted_own;

  Test(Protocol protocol, const HandSet& predictions, const HandSet& truth) : rule(rule_of(protocol)) {
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
      forbid(joint & valid_joints(predictions).logical_not(), truth, "the prediction lacks a joint that the truth counts",
             "predict every joint");
    forbid((joint.any(2) | mesh) & predicted.logical_not(), truth,
           "the prediction lacks a hand that the truth has", "predict every hand that the truth counts");
    true_annotated = rule.annotated_joints;
    require(!true_annotated || truth.joints.defined(), "the truth has no annotated joints", "joints",
            "give them, or choose the protocol intaghand or wrist");
    require(true_annotated || truth.has_mesh(), "the truth has no meshes", "truth", "give vertices or MANO parameters");
    require(!rule.network_joints || predicted_own || predictions.has_parameters(), "the predictions have no joints of their own",
            "joints", "give joints, or choose the protocol interwild");
    require(rule.network_joints || predictions.has_mesh(), "the predictions have no meshes", "predictions",
            "give vertices or MANO parameters");
  }

  Counted counted(int64_t row) const {
    Counted counted;
    for (const Side side : kSides) {
      const int64_t hand = 2 * row + static_cast<int64_t>(side);
      std::copy_n(joint.const_data_ptr<bool>() + kJoints * hand, kJoints, counted.joint[side].begin());
      std::copy_n(annotated.const_data_ptr<bool>() + kJoints * hand, kJoints, counted.annotated[side].begin());
      counted.mesh[side] = mesh.const_data_ptr<bool>()[hand];
    }
    return counted;
  }
};

SampleErrors empty_errors(const HandSet& predictions, const HandSet& truth, bool surfaces) {
  const int64_t count = truth.size(), draws = predictions.hypotheses();
  SampleErrors errors;
  errors.sample = truth.sample;
  errors.group = truth.group;
  for (torch::Tensor SampleErrors::*member :
       {&SampleErrors::joint, &SampleErrors::vertex, &SampleErrors::pa_joint, &SampleErrors::pa_vertex, &SampleErrors::joint_2d})
    errors.*member = nothing({count, 2});
  errors.per_joint = nothing({count, 2, kJoints});
  errors.relative_root = nothing({count});
  errors.relative_vertex = nothing({count});
  errors.interacting = valid_hands(truth).all(1).to(torch::kFloat64);
  if (surfaces) {
    for (torch::Tensor SampleErrors::*member :
         {&SampleErrors::penetration, &SampleErrors::mean_depth, &SampleErrors::intersection, &SampleErrors::distance,
          &SampleErrors::true_distance, &SampleErrors::contact_distance, &SampleErrors::overlap})
      errors.*member = nothing({count});
    errors.occlusion = nothing({count, 2});
  }
  if (draws > 0) {
    errors.hypothesis_joint = nothing({count, draws});
    errors.per_joint_spread = nothing({count, 2, kJoints});
    errors.spread = nothing({count});
  }
  return errors;
}

double& number_at(const torch::Tensor& tensor, int64_t index) { return tensor.data_ptr<double>()[index]; }

void write(const PointErrors& from, int64_t row, SampleErrors& to) {
  for (const Side side : kSides) {
    const int64_t hand = 2 * row + static_cast<int64_t>(side);
    number_at(to.joint, hand) = from.joint[side];
    number_at(to.vertex, hand) = from.vertex[side];
    number_at(to.pa_joint, hand) = from.pa_joint[side];
    number_at(to.pa_vertex, hand) = from.pa_vertex[side];
    number_at(to.joint_2d, hand) = from.joint_2d[side];
    std::copy(from.joints[side].begin(), from.joints[side].end(), to.per_joint.data_ptr<double>() + kJoints * hand);
  }
  number_at(to.relative_root, row) = from.relative_root;
  number_at(to.relative_vertex, row) = from.relative_vertex;
}

double mean_of_hands(const PerHand<double>& hands) {
  if (std::isnan(hands.right)) return hands.left;
  return std::isnan(hands.left) ? hands.right : (hands.right + hands.left) / 2;
}

// Welford's mean and variance of each joint over the draws.
struct JointSpread {
  int64_t count = 0;
  PerHand<JointPoints> mean{JointPoints::Zero(), JointPoints::Zero()}, squares{JointPoints::Zero(), JointPoints::Zero()};

  void add(const PerHand<JointPoints>& joints, int root) {
    ++count;
    for (const Side side : kSides) {
      const JointPoints own = joints[side].colwise() - Eigen::Vector3d(joints[side].col(root)), step = own - mean[side];
      mean[side] += step / static_cast<double>(count);
      squares[side] += step.cwiseProduct(own - mean[side]);
    }
  }
  void write(int64_t row, SampleErrors& errors) const {
    PerHand<double> spread{kNaN, kNaN};
    for (const Side side : kSides) {
      double sum = 0;
      int64_t counted = 0;
      for (int64_t joint = 0; joint < kJoints && count > 1; ++joint) {
        const int64_t at = kJoints * (2 * row + static_cast<int64_t>(side)) + joint;
        if (std::isnan(number_at(errors.per_joint, at))) continue;
        const double one = 1000 * std::sqrt(squares[side].col(joint).sum() / static_cast<double>(count - 1));
        number_at(errors.per_joint_spread, at) = one;
        sum += one;
        ++counted;
      }
      if (counted > 0) spread[side] = sum / static_cast<double>(counted);
    }
    number_at(errors.spread, row) = mean_of_hands(spread);
  }
};

JointPoints joints_at(const torch::Tensor& joints, int64_t row, Side side) {
  return Eigen::Map<const JointPoints>(joints.const_data_ptr<double>() + 3 * kJoints * (2 * row + static_cast<int64_t>(side)));
}

torch::Tensor doubles(const torch::Tensor& tensor) { return tensor.defined() ? tensor.to(torch::kFloat64).contiguous() : tensor; }

}  // namespace

struct SampleMeter::Impl {
  MeshPoser poser;
  HandModel hand;
  MeasureOptions options;

  void surface_errors(ClosedHands& closed, const SamplePoints& predicted, const SamplePoints& truth, int64_t row,
                      SampleErrors& errors) const {
    number_at(errors.overlap, row) = box_overlap(truth.vertices);
    closed.place(truth.vertices);
    const double true_distance = number_at(errors.true_distance, row) = closed.meeting().distance_mm;
    for (const Side side : kSides)
      number_at(errors.occlusion, 2 * row + static_cast<int64_t>(side)) = closed.occlusion(side, truth.mesh_joints[side]);
    if (predicted.vertices.right.cols() == 0 || !predicted.vertices.right.allFinite() || !predicted.vertices.left.allFinite())
      return;
    closed.place(predicted.vertices);
    const Meeting meeting = closed.meeting();
    number_at(errors.penetration, row) = meeting.penetration_mm;
    number_at(errors.mean_depth, row) = meeting.mean_depth_mm;
    number_at(errors.intersection, row) = meeting.intersection_cm3;
    number_at(errors.distance, row) = meeting.distance_mm;
    if (true_distance < kContactMm) number_at(errors.contact_distance, row) = std::abs(meeting.distance_mm - true_distance);
  }
};

SampleMeter::SampleMeter(const HandModel& hand, const MeasureOptions& options)
    : impl_(std::make_unique<Impl>(Impl{MeshPoser(hand), hand, options})) {}

SampleMeter::~SampleMeter() = default;

std::vector<SampleErrors> SampleMeter::operator()(const std::vector<Protocol>& protocols, const HandSet& predictions,
                                                  const HandSet& truth) const {
  require(predictions.sample == truth.sample, "predictions and truth are not in one order", "sample_errors",
          "pass joined(predictions, truth)");
  const torch::NoGradGuard no_grad;
  std::vector<Test> tests;
  std::vector<SampleErrors> errors;
  for (const Protocol protocol : protocols) {
    tests.emplace_back(protocol, predictions, truth);
    errors.push_back(empty_errors(predictions, truth, impl_->options.surfaces));
  }
  if (protocols.empty()) return errors;
  const torch::Tensor annotated = doubles(truth.joints), own = doubles(predictions.joints), camera = doubles(truth.camera);
  const bool truth_meshes = truth.has_mesh();

  for_each_index((truth.size() + kBlock - 1) / kBlock, impl_->options.threads, [&](int64_t block) {
    const torch::NoGradGuard no_grad_here;
    const int64_t begin = block * kBlock, end = std::min(begin + kBlock, truth.size());
    const std::vector<SamplePoints> predicted = impl_->poser.points(predictions, begin, end),
                                    real = impl_->poser.points(truth, begin, end);
    std::unique_ptr<ClosedHands> closed;
    const auto compared = [&](const Test& test, const SamplePoints& said, int64_t row, bool draw) {
      ComparedJoints joints;
      for (const Side side : kSides) {
        joints.truth[side] =
            test.true_annotated ? joints_at(annotated, row, side) : real[static_cast<size_t>(row - begin)].mesh_joints[side];
        joints.predicted[side] = !test.rule.network_joints     ? said.mesh_joints[side]
                                 : test.predicted_own && !draw ? joints_at(own, row, side)
                                                               : said.chain_joints[side];
      }
      return joints;
    };
    for (int64_t row = begin; row < end; ++row) {
      const SamplePoints &said = predicted[static_cast<size_t>(row - begin)], &is = real[static_cast<size_t>(row - begin)];
      for (size_t i = 0; i < tests.size(); ++i)
        write(point_errors(tests[i].rule, compared(tests[i], said, row, false), said, is, tests[i].counted(row),
                           camera.defined() ? camera.const_data_ptr<double>() + 4 * row : nullptr),
              row, errors[i]);
      const Counted counted = tests.front().counted(row);
      if (!impl_->options.surfaces || !truth_meshes || !counted.mesh.right || !counted.mesh.left) continue;
      if (!closed) closed = std::make_unique<ClosedHands>(impl_->poser);
      impl_->surface_errors(*closed, said, is, row, errors.front());
    }
    if (predictions.hypotheses() == 0) return;
    std::vector<std::vector<JointSpread>> spreads(tests.size(), std::vector<JointSpread>(static_cast<size_t>(end - begin)));
    for (int64_t draw = 0; draw < predictions.hypotheses(); ++draw) {
      const std::vector<SamplePoints> drawn = impl_->poser.points(predictions, begin, end, draw);
      for (int64_t row = begin; row < end; ++row)
        for (size_t i = 0; i < tests.size(); ++i) {
          const ComparedJoints joints = compared(tests[i], drawn[static_cast<size_t>(row - begin)], row, true);
          PointErrors of_draw;
          add_joint_errors(tests[i].rule, joints, tests[i].counted(row), of_draw);
          number_at(errors[i].hypothesis_joint, row * predictions.hypotheses() + draw) = mean_of_hands(of_draw.joint);
          spreads[i][static_cast<size_t>(row - begin)].add(joints.predicted, static_cast<int>(tests[i].rule.root_joint));
        }
    }
    for (int64_t row = begin; row < end; ++row)
      for (size_t i = 0; i < tests.size(); ++i) spreads[i][static_cast<size_t>(row - begin)].write(row, errors[i]);
  });

  for (size_t i = 0; i < tests.size(); ++i) {
    forbid(tests[i].joint & errors[i].per_joint.isfinite().logical_not(), truth,
           "a joint error that is not finite (are the predicted wrist and middle knuckle one point?)",
           "check prediction and truth");
    if (predictions.has_mesh() && truth_meshes)
      forbid(tests[i].mesh & errors[i].vertex.isfinite().logical_not(), truth, "a vertex error that is not finite",
             "check prediction and truth");
    // What surfaces have to say is the same under every protocol.
    if (impl_->options.surfaces)
      for (torch::Tensor SampleErrors::*member :
           {&SampleErrors::penetration, &SampleErrors::mean_depth, &SampleErrors::intersection, &SampleErrors::distance,
            &SampleErrors::true_distance, &SampleErrors::contact_distance, &SampleErrors::overlap, &SampleErrors::occlusion})
        errors[i].*member = errors.front().*member;
  }
  return errors;
}

SampleErrors sample_errors(Protocol protocol, const HandSet& predictions, const HandSet& truth, const TwoHands& hands,
                           const MeasureOptions& options) {
  return SampleMeter(hands.model, options)({protocol}, predictions, truth).front();
}

}  // namespace interprior
