#include "interprior/metric/metric_table.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include <Eigen/Geometry>
#include <cmath>
#include <limits>
#include <numbers>

#include "interprior/base/error.h"
#include "interprior/metric/sample_errors.h"
#include "measured_sample.h"

namespace interprior {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// NaN stays NaN.
torch::Tensor in_contact(const torch::Tensor& distance_mm) {
  if (!distance_mm.defined()) return distance_mm;
  return torch::where(distance_mm.isnan(), distance_mm, (distance_mm < kContactMm).to(torch::kFloat64));
}

// Angle between the predicted and the true rotation of the left wrist in the right wrist's frame, degrees.
PerHand<double> relative_wrist_rotation(const MeasuredSample& sample) {
  if (!sample.counted.mesh.right || !sample.counted.mesh.left) return {kNaN, kNaN};
  const auto relative = [](const SamplePoints& points) {
    return Matrix3(points.wrist_rotation.right.transpose() * points.wrist_rotation.left);
  };
  const Matrix3 difference = relative(sample.prediction).transpose() * relative(sample.ground_truth);
  // From sine and cosine: exact for small angles and for those near 180 degrees.
  const Vector3 sine(difference(2, 1) - difference(1, 2), difference(0, 2) - difference(2, 0),
                     difference(1, 0) - difference(0, 1));
  return {180 / std::numbers::pi * std::atan2(sine.norm(), difference.trace() - 1), kNaN};
}

// Error of the distance between the tips of thumb and index finger, mm, unscaled.
PerHand<double> pinch_distance(const MeasuredSample& sample) {
  constexpr size_t thumb = kTips[0], index = kTips[1];
  PerHand<double> error{kNaN, kNaN};
  for (const Side side : kSides) {
    if (!sample.counted.joint[side][thumb] || !sample.counted.joint[side][index]) continue;
    const auto distance = [](const JointPoints& joints) { return (joints.col(thumb) - joints.col(index)).norm(); };
    error[side] = 1000 * std::abs(distance(sample.joints.predicted[side]) - distance(sample.joints.truth[side]));
  }
  return error;
}

using Errors = const SampleErrors&;

template <torch::Tensor SampleErrors::*member>
torch::Tensor held(Errors errors) {
  return errors.*member;
}

template <torch::Tensor SurfaceErrors::*member>
torch::Tensor of_surface(Errors errors) {
  return errors.surface.*member;
}

std::vector<Metric> table() {
  using enum Needs;
  using enum Reducer;
  using E = SampleErrors;
  using S = SurfaceErrors;
  constexpr bool per_hand = true, per_sample = false, interval = true, compared = true, latex = true, no = false;
  return {
      {"mpjpe_mm", "MPJPE", "mm", "mean joint error about the root joint", joints, joint_means, per_hand, interval, compared,
       "MPJPE", latex, 2, held<&E::joint>},
      {"mpvpe_mm", "MPVPE", "mm", "mean vertex error about the root joint", meshes, mean, per_hand, interval, compared, "MPVPE",
       latex, 2, held<&E::vertex>},
      {"mrrpe_mm", "MRRPE", "mm", "error of the left root's position relative to the right one", joints, mean, per_sample,
       interval, compared, "MRRPE", latex, 2, held<&E::relative_root>},
      {"pa_mpjpe_mm", "PA-MPJPE", "mm", "mean joint error after a similarity alignment per hand", joints, mean, per_hand,
       interval, compared, "PA-MPJPE", latex, 2, held<&E::pa_joint>},
      {"pa_mpvpe_mm", "PA-MPVPE", "mm", "mean vertex error after a similarity alignment per hand", meshes, mean, per_hand,
       interval, compared, "PA-MPVPE", latex, 2, held<&E::pa_vertex>},
      {"rrve_mm", "RRVE", "mm", "vertex error of both hands about the right wrist", meshes, mean, per_sample, no, compared,
       "RRVE", no, 2, held<&E::relative_vertex>},
      {"joint_2d_px", "2D error, crop of 256 px", "px", "error of the projected joints, pixels of a crop of 256", camera, mean,
       per_hand, no, no, "2D", no, 2, held<&E::joint_2d>},
      {"relative_wrist_rotation_deg", "relative wrist rotation", "deg",
       "angle between the predicted and the true rotation of the left wrist relative to the right one", parameters, mean,
       per_sample, interval, compared, nullptr, no, 2, nullptr, relative_wrist_rotation},
      {"pinch_distance_error_mm", "pinch distance error", "mm",
       "error of the distance between the tips of thumb and index finger", joints, mean, per_hand, interval, compared, nullptr,
       no, 2, nullptr, pinch_distance},
      {"penetration_mm", "penetration", "mm", "largest depth of a vertex inside the other hand", surfaces, mean, per_sample, no,
       compared, nullptr, no, 2, of_surface<&S::penetration>},
      {"largest_penetration_mm", "largest penetration", "mm", "largest penetration of all samples", surfaces, largest, per_sample,
       no, no, nullptr, no, 2, of_surface<&S::penetration>},
      {"mean_depth_mm", "mean depth of the vertices inside", "mm", "mean depth of the vertices inside the other hand", surfaces,
       mean, per_sample, no, no, nullptr, no, 2, of_surface<&S::mean_depth>},
      {"intersection_cm3", "volume shared", "cm3", "volume that the two hands share", surfaces, mean, per_sample, no, no, nullptr,
       no, 3, of_surface<&S::intersection>},
      {"contact_ratio", "contact rate", "", "share of samples in which the predicted hands touch", surfaces, mean, per_sample, no,
       no, nullptr, no, 3, [](Errors errors) { return in_contact(errors.surface.distance); }},
      {"true_contact_ratio", "contact rate of the ground truth", "", "the same of the ground truth", surfaces, mean, per_sample,
       no, no, nullptr, no, 3, [](Errors errors) { return in_contact(errors.surface.true_distance); }},
      {"contact_distance_error_mm", "contact distance error", "mm",
       "error of the distance between the hands where the true ones touch", surfaces, mean, per_sample, no, no, nullptr, no, 2,
       of_surface<&S::contact_distance>},
      {"distance_mm", "distance between the hands", "mm", "signed distance between the predicted hands", surfaces, none,
       per_sample, no, no, nullptr, no, 2, of_surface<&S::distance>},
      {"true_distance_mm", "true distance between the hands", "mm", "signed distance between the true hands", surfaces, none,
       per_sample, no, no, nullptr, no, 2, of_surface<&S::true_distance>},
      {"overlap", "overlap of the boxes", "", "overlap of the true hands' boxes", surfaces, none, per_sample, no, no, nullptr, no,
       2, of_surface<&S::overlap>},
      {"occlusion", "occlusion", "", "share of a true hand's joints behind the other hand", surfaces, none, per_hand, no, no,
       nullptr, no, 2, of_surface<&S::occlusion>},
      {"best_of_k_mpjpe_mm", "best of K MPJPE", "mm", "smallest MPJPE of K hypotheses", hypotheses, mean, per_sample, no, no,
       nullptr, no, 2, [](Errors errors) { return errors.hypotheses() > 0 ? errors.hypothesis.joint.amin(1) : torch::Tensor(); }},
      {"mean_of_k_mpjpe_mm", "mean of K MPJPE", "mm", "mean MPJPE of K hypotheses", hypotheses, mean, per_sample, no, no, nullptr,
       no, 2, [](Errors errors) { return errors.hypotheses() > 0 ? errors.hypothesis.joint.mean(1) : torch::Tensor(); }},
      {"spread_mm", "spread of the hypotheses", "mm", "standard deviation of the joints over the hypotheses", several_hypotheses,
       mean, per_sample, no, no, nullptr, no, 2, [](Errors errors) { return errors.hypothesis.stddev; }},
  };
}

}  // namespace

const std::vector<Metric>& metric_table() {
  static const std::vector<Metric> metrics = table();
  return metrics;
}

torch::Tensor values_of(const Metric& metric, const SampleErrors& errors) {
  if (metric.values) return metric.values(errors);
  const auto own = errors.measured.find(metric.name);
  return own == errors.measured.end() ? torch::Tensor() : own->second;
}

size_t metric_place(const std::string& name) {
  std::vector<std::string> known;
  for (const Metric& metric : metric_table()) {
    if (metric.name == name) return known.size();
    known.push_back(metric.name);
  }
  const std::string near = nearest_word(name, known);
  throw Error("there is no metric '" + name + "'", "",
              (near.empty() ? "" : "did you mean " + near + "? ") + "known: " + c10::str(c10::Join(", ", known)));
}

std::string interval_key(const Metric& metric) {
  const std::string name = metric.name;
  const size_t unit = name.rfind('_');
  return name.substr(0, unit) + "_interval" + name.substr(unit);
}

}  // namespace interprior
