#pragma once
#include <torch/types.h>

#include <array>

#include "fit_joints.h"
#include "fit_state.h"

namespace interprior {

// What B fits are to explain, in the plane z = 1 of a camera whose axis passes through the keypoints' middle. float64.
struct FitObservations {
  torch::Tensor point;             // (B,42,2): x/z, y/z; right hand, then left
  torch::Tensor confidence;        // (B,42) 0..1, 0 where not seen
  torch::Tensor sigma;             // (B): standard deviation of a point
  torch::Tensor depth;             // (B,42) of a joint beyond its wrist, in units of the wrist's depth
  torch::Tensor depth_confidence;  // (B,42): 0 where unknown
  torch::Tensor joint;             // (B,42,3) m in this camera
  torch::Tensor joint_confidence;  // (B,42): 0 where unknown
};
inline constexpr std::array kObservationTensors = {
    &FitObservations::point,           &FitObservations::confidence,       &FitObservations::sigma,
    &FitObservations::depth,           &FitObservations::depth_confidence, &FitObservations::joint,
    &FitObservations::joint_confidence};

// Where B fits stand.
struct FitPoint {
  torch::Tensor code;      // (B,U)
  torch::Tensor rotation;  // (B,3,3) right wrist in the camera
  torch::Tensor place;     // (B,3): x/z and y/z of the right wrist, logarithm of its z in m
};
inline constexpr std::array kPointTensors = {&FitPoint::code, &FitPoint::rotation, &FitPoint::place};

// The energy there, and Gauss and Newton's model of it in the U + 6 numbers of a step: the code, a turn w of the right wrist,
// exp([w]x) R, and its place.
struct FitModel {
  torch::Tensor energy;            // (B)
  torch::Tensor slope;             // (B,U+6)
  torch::Tensor curvature;         // (B,U+6,U+6)
  torch::Tensor joints_in_camera;  // (B,42,3) m
  torch::Tensor joints_by_step;    // (B,42,3,U+6)
  torch::Tensor square, count;     // (B): weighted sum of the squared residuals of points in units of sigma, and of their weights
};
inline constexpr std::array kModelTensors = {
    &FitModel::energy,         &FitModel::slope,  &FitModel::curvature, &FitModel::joints_in_camera,
    &FitModel::joints_by_step, &FitModel::square, &FitModel::count};

class FitEnergy {
 public:
  // apart: with the cost of overlap, which far from a solution would push hands to the wrong side of each other.
  FitEnergy(const StatePrior& prior, const PairJointModel& joints, double joint_sigma, bool apart)
      : prior_(prior), joints_(joints), joint_sigma_(joint_sigma), apart_(apart) {}
  // E = sum of a robust cost of distances in units of sigma + |code|^2 / 2 + a weak cost of the shapes
  // + what both hands' capsules (hand/contact.h) overlap, squared, in units of 1 mm.
  FitModel operator()(const FitPoint& point, const FitObservations& seen) const;
  int64_t code_size() const { return prior_.size(); }

 private:
  const StatePrior& prior_;
  const PairJointModel& joints_;
  double joint_sigma_;
  bool apart_;
};

FitPoint moved(const FitPoint& point, const torch::Tensor& step);  // (B,U+6)

// Some rows of observations, points or models, by index (n) int64.
template <class Rows, size_t N>
Rows rows_of(const Rows& all, const torch::Tensor& index, const std::array<torch::Tensor Rows::*, N>& members) {
  Rows some;
  for (const auto member : members) some.*member = (all.*member).index_select(0, index);
  return some;
}
inline FitObservations rows(const FitObservations& seen, const torch::Tensor& index) {
  return rows_of(seen, index, kObservationTensors);
}
inline FitPoint rows(const FitPoint& point, const torch::Tensor& index) { return rows_of(point, index, kPointTensors); }
inline FitModel rows(const FitModel& model, const torch::Tensor& index) { return rows_of(model, index, kModelTensors); }

}  // namespace interprior
