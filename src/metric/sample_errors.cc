#include "interprior/metric/sample_errors.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <limits>
#include <mutex>

#include "counted_points.h"
#include "interprior/base/error.h"
#include "interprior/base/parallel.h"
#include "interprior/metric/mean_of_hands.h"
#include "interprior/metric/metric_table.h"
#include "joint_stddev.h"
#include "measured_sample.h"
#include "mesh_plausibility.h"
#include "surface_errors.h"

namespace interprior {
namespace {

constexpr int64_t kBlock = 11;  // samples posed together: with the baselines' fingers, 23 hands, in groups of 6 (MeshPoser)
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

torch::Tensor nothing(torch::IntArrayRef shape) { return torch::full(shape, kNaN, torch::kFloat64); }

SurfaceErrors empty_surface_errors(int64_t count) {
  SurfaceErrors errors;
  for (torch::Tensor SurfaceErrors::*member :
       {&SurfaceErrors::penetration, &SurfaceErrors::mean_depth, &SurfaceErrors::intersection, &SurfaceErrors::distance,
        &SurfaceErrors::true_distance, &SurfaceErrors::contact_distance, &SurfaceErrors::overlap})
    errors.*member = nothing({count});
  errors.occlusion = nothing({count, 2});
  errors.no_hand = torch::zeros({count, 2}, torch::kFloat64);
  errors.true_no_hand = torch::zeros({count, 2}, torch::kFloat64);
  return errors;
}

SampleErrors empty_errors(const HandSet& predictions, const HandSet& truth, bool surfaces) {
  const int64_t count = truth.size(), hypotheses = predictions.hypotheses();
  SampleErrors errors;
  errors.sample = truth.sample;
  errors.group = truth.group;
  for (torch::Tensor SampleErrors::*member :
       {&SampleErrors::joint, &SampleErrors::vertex, &SampleErrors::pa_joint, &SampleErrors::pa_vertex, &SampleErrors::joint_2d})
    errors.*member = nothing({count, 2});
  errors.per_joint = nothing({count, 2, kJoints});
  errors.relative_root = nothing({count});
  errors.relative_vertex = nothing({count});
  for (const Metric& metric : metric_table())
    if (metric.measure) errors.measured[metric.name] = metric.per_hand ? nothing({count, 2}) : nothing({count});
  errors.implausible = torch::zeros({count, 2}, torch::kFloat64);
  errors.true_implausible = torch::zeros({count, 2}, torch::kFloat64);
  errors.interacting = valid_hands(truth).all(1).to(torch::kFloat64);
  if (surfaces) errors.surface = empty_surface_errors(count);
  if (hypotheses > 0) errors.hypothesis = {nothing({count, hypotheses}), nothing({count, 2, kJoints}), nothing({count})};
  return errors;
}

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

void write_measured(const MeasuredSample& sample, int64_t row, SampleErrors& to) {
  for (const Metric& metric : metric_table()) {
    if (!metric.measure) continue;
    const PerHand<double> value = metric.measure(sample);
    const torch::Tensor& values = to.measured.at(metric.name);
    if (!metric.per_hand)
      number_at(values, row) = value.right;
    else
      for (const Side side : kSides) number_at(values, 2 * row + static_cast<int64_t>(side)) = value[side];
  }
}

JointPoints joints_at(const torch::Tensor& joints, int64_t row, Side side) {
  return Eigen::Map<const JointPoints>(joints.const_data_ptr<double>() + 3 * kJoints * (2 * row + static_cast<int64_t>(side)));
}

torch::Tensor doubles(const torch::Tensor& tensor) { return tensor.defined() ? tensor.to(torch::kFloat64).contiguous() : tensor; }

bool is_mark(const std::string& name) { return name == "implausible" || name == "true_implausible" || name == "interacting"; }

// Everything but the marks of a sample becomes NaN: it is left out.
void forget(int64_t row, SampleErrors& errors) {
  for_each_tensor(errors, [&](const std::string& name, const torch::Tensor& tensor) {
    if (!tensor.defined() || is_mark(name)) return;
    const int64_t size = tensor.numel() / tensor.size(0);
    std::fill_n(tensor.data_ptr<double>() + row * size, size, kNaN);
  });
}

}  // namespace

struct SampleMeter::Impl {
  MeshPoser poser;
  MeasureOptions options;
  SurfaceMeter surfaces;
};

namespace {

// One prediction of some samples under some protocols.
class Measuring {
 public:
  Measuring(const SampleMeter::Impl& meter, const std::vector<Protocol>& protocols, const MeasuredSet& set)
      : meter_(meter),
        predictions_(set.predictions),
        truth_(set.truth),
        annotated_(doubles(truth_.joints)),
        own_(doubles(predictions_.joints)),
        camera_(doubles(truth_.camera)),
        surfaces_(set.surfaces && meter.options.surfaces),
        leaves_out_(meter.options.implausible == Implausible::leave_out) {
    for (const Protocol protocol : protocols) {
      tests_.emplace_back(protocol, predictions_, truth_);
      errors_.push_back(empty_errors(predictions_, truth_, surfaces_));
    }
  }

  // Samples begin .. end-1, whose posed hands these are; several threads may each measure some.
  void measure(int64_t begin, int64_t end, const std::vector<SamplePoints>& predicted, const std::vector<SamplePoints>& truth) {
    std::unique_ptr<ClosedHands> closed;
    for (int64_t row = begin; row < end; ++row) {
      const SamplePoints &prediction = predicted[static_cast<size_t>(row - begin)],
                         &ground_truth = truth[static_cast<size_t>(row - begin)];
      if (leaves_out_ && mark_implausible(prediction, ground_truth, row)) continue;
      for (size_t i = 0; i < tests_.size(); ++i) {
        const ComparedJoints joints = compared(tests_[i], prediction, ground_truth, row, false);
        const Counted counted = tests_[i].of(row);
        write(point_errors(tests_[i].rule, joints, prediction, ground_truth, counted,
                           camera_.defined() ? camera_.const_data_ptr<double>() + 4 * row : nullptr),
              row, errors_[i]);
        write_measured({tests_[i].rule, joints, prediction, ground_truth, counted}, row, errors_[i]);
      }
      const Counted counted = tests_.front().of(row);
      if (!surfaces_ || !truth_.has_mesh() || !counted.mesh.right || !counted.mesh.left) continue;
      if (!closed) closed = std::make_unique<ClosedHands>(meter_.poser);
      meter_.surfaces.measure(*closed, prediction, ground_truth, row, errors_.front().surface);
    }
    if (predictions_.hypotheses() > 0) measure_hypotheses(truth, begin, end);
    if (leaves_out_)
      for (int64_t row = begin; row < end; ++row) forget_unmeasurable(row);
  }

  std::vector<SampleErrors> take() {
    for (size_t i = 0; i < tests_.size(); ++i) {
      // The same under every protocol.
      errors_[i].implausible = errors_.front().implausible;
      errors_[i].true_implausible = errors_.front().true_implausible;
      errors_[i].surface = errors_.front().surface;
      if (leaves_out_) continue;
      forbid(tests_[i].joint & errors_[i].per_joint.isfinite().logical_not(), truth_,
             "a joint error that is not finite (are the predicted wrist and middle MCP joint one point?)",
             "check prediction and truth");
      if (predictions_.has_mesh() && truth_.has_mesh())
        forbid(tests_[i].mesh & errors_[i].vertex.isfinite().logical_not(), truth_, "a vertex error that is not finite",
               "check prediction and truth");
    }
    return std::move(errors_);
  }

 private:
  ComparedJoints compared(const CountedPoints& test, const SamplePoints& prediction, const SamplePoints& ground_truth,
                          int64_t row, bool hypothetical) const {
    ComparedJoints joints;
    for (const Side side : kSides) {
      joints.truth[side] = test.true_annotated ? joints_at(annotated_, row, side) : ground_truth.mesh_joints[side];
      joints.predicted[side] = !test.rule.network_joints             ? prediction.mesh_joints[side]
                               : test.predicted_own && !hypothetical ? joints_at(own_, row, side)
                                                                     : prediction.chain_joints[side];
    }
    return joints;
  }

  bool counts(int64_t row, Side side) const {
    return std::any_of(tests_.begin(), tests_.end(), [&](const CountedPoints& test) {
      const Counted counted = test.of(row);
      return counted.any_joint(side) || counted.mesh[side];
    });
  }

  void mark(const torch::Tensor& marks, int64_t row, Side side) const {
    number_at(marks, 2 * row + static_cast<int64_t>(side)) = 1;
  }
  bool is_left_out(int64_t row) const {
    const SampleErrors& errors = errors_.front();
    return number_at(errors.implausible, 2 * row) + number_at(errors.implausible, 2 * row + 1) +
               number_at(errors.true_implausible, 2 * row) + number_at(errors.true_implausible, 2 * row + 1) >
           0;
  }

  // Whether the sample has a hand that counts and cannot be measured.
  bool mark_implausible(const SamplePoints& prediction, const SamplePoints& ground_truth, int64_t row) const {
    for (const Side side : kSides) {
      if (!counts(row, side)) continue;
      if (!plausible(prediction, own_, row, side)) mark(errors_.front().implausible, row, side);
      if (!true_plausible(ground_truth, row, side)) mark(errors_.front().true_implausible, row, side);
    }
    return is_left_out(row);
  }

  static bool plausible(const SamplePoints& points, const torch::Tensor& own_joints, int64_t row, Side side) {
    return (points.vertices[side].cols() == 0 || is_plausible(points.vertices[side], points.mesh_joints[side])) &&
           (!own_joints.defined() || within_limits(joints_at(own_joints, row, side)));
  }

  bool true_plausible(const SamplePoints& points, int64_t row, Side side) const {
    return std::all_of(tests_.begin(), tests_.end(), [&](const CountedPoints& test) {
      const Counted counted = test.of(row);
      if (counted.mesh[side] && truth_.has_mesh() && !is_plausible(points.vertices[side], points.mesh_joints[side])) return false;
      return !test.true_annotated || !counted.any_joint(side) ||
             within_limits(counted_columns(joints_at(annotated_, row, side), counted.joint[side]));
    });
  }

  void measure_hypotheses(const std::vector<SamplePoints>& truth, int64_t begin, int64_t end) {
    const int64_t hypotheses = predictions_.hypotheses();
    std::vector<std::vector<JointStddev>> stddevs(tests_.size(), std::vector<JointStddev>(static_cast<size_t>(end - begin)));
    for (int64_t k = 0; k < hypotheses; ++k) {
      const std::vector<SamplePoints> posed = meter_.poser.points(predictions_, begin, end, k);
      for (int64_t row = begin; row < end; ++row) {
        const auto index = static_cast<size_t>(row - begin);
        if (leaves_out_)
          for (const Side side : kSides)
            if (counts(row, side) && !plausible(posed[index], {}, row, side)) mark(errors_.front().implausible, row, side);
        if (leaves_out_ && is_left_out(row)) continue;
        for (size_t i = 0; i < tests_.size(); ++i) {
          const ComparedJoints joints = compared(tests_[i], posed[index], truth[index], row, true);
          PointErrors of_hypothesis;
          add_joint_errors(tests_[i].rule, joints, tests_[i].of(row), of_hypothesis);
          number_at(errors_[i].hypothesis.joint, row * hypotheses + k) = mean_of_hands(of_hypothesis.joint);
          stddevs[i][index].add(joints.predicted, static_cast<int>(tests_[i].rule.root_joint));
        }
      }
    }
    for (int64_t row = begin; row < end; ++row)
      for (size_t i = 0; i < tests_.size(); ++i) stddevs[i][static_cast<size_t>(row - begin)].write(row, errors_[i]);
  }

  // Also where an error is not finite for whatever other reason.
  void forget_unmeasurable(int64_t row) {
    if (!is_left_out(row))
      for (size_t i = 0; i < tests_.size(); ++i) {
        const Counted counted = tests_[i].of(row);
        const bool meshes = predictions_.has_mesh() && truth_.has_mesh();
        for (const Side side : kSides) {
          const int64_t hand = 2 * row + static_cast<int64_t>(side);
          const bool measured = (!counted.any_joint(side) || std::isfinite(number_at(errors_[i].joint, hand))) &&
                                (!meshes || !counted.mesh[side] || std::isfinite(number_at(errors_[i].vertex, hand)));
          if (!measured) mark(errors_.front().implausible, row, side);
        }
      }
    if (is_left_out(row))
      for (SampleErrors& errors : errors_) forget(row, errors);
  }

  const SampleMeter::Impl& meter_;
  const HandSet &predictions_, &truth_;
  torch::Tensor annotated_, own_, camera_;
  bool surfaces_, leaves_out_;
  std::vector<CountedPoints> tests_;
  std::vector<SampleErrors> errors_;
};

}  // namespace

SampleMeter::SampleMeter(const HandModel& hand, const MeasureOptions& options)
    : impl_(std::make_unique<Impl>(Impl{MeshPoser(hand), options, SurfaceMeter(hand)})) {}

SampleMeter::~SampleMeter() = default;

std::vector<SampleErrors> SampleMeter::operator()(const std::vector<Protocol>& protocols, const HandSet& predictions,
                                                  const HandSet& truth) const {
  return std::move((*this)(protocols, {{predictions, truth}}).front());
}

std::vector<std::vector<SampleErrors>> SampleMeter::operator()(const std::vector<Protocol>& protocols,
                                                               const std::vector<MeasuredSet>& sets) const {
  for (const MeasuredSet& set : sets)
    require(set.predictions.sample == set.truth.sample && set.truth.sample == sets.front().truth.sample,
            "predictions and truth are not in one order", "sample_errors", "pass joined(predictions, truth)");
  if (sets.empty() || protocols.empty()) return std::vector<std::vector<SampleErrors>>(sets.size());
  const torch::NoGradGuard no_grad;
  const HandSet& truth = sets.front().truth;
  std::vector<Measuring> measuring;
  std::vector<const HandSet*> posed_sets = {&truth};
  for (const MeasuredSet& set : sets) {
    measuring.emplace_back(*impl_, protocols, set);
    posed_sets.push_back(&set.predictions);
  }
  std::mutex one_at_a_time;
  for_each_index((truth.size() + kBlock - 1) / kBlock, impl_->options.threads, [&](int64_t block) {
    const torch::NoGradGuard no_grad_here;
    const int64_t begin = block * kBlock, end = std::min(begin + kBlock, truth.size());
    const std::vector<std::vector<SamplePoints>> posed = impl_->poser.points(posed_sets, begin, end);
    for (size_t k = 0; k < measuring.size(); ++k) measuring[k].measure(begin, end, posed[k + 1], posed.front());
    const std::lock_guard lock(one_at_a_time);
    if (impl_->options.measured) impl_->options.measured(end - begin);
  });
  std::vector<std::vector<SampleErrors>> errors;
  for (Measuring& each : measuring) errors.push_back(each.take());
  return errors;
}

SampleErrors sample_errors(Protocol protocol, const HandSet& predictions, const HandSet& truth, const TwoHands& hands,
                           const MeasureOptions& options) {
  return SampleMeter(hands.model, options)({protocol}, predictions, truth).front();
}

}  // namespace interprior
