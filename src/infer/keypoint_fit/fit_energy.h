#pragma once
#include <torch/types.h>

#include <array>

#include "fit_joints.h"
#include "fit_state.h"

namespace interprior {

// Observations of B fits, in the plane z = 1 of a camera whose axis passes through the keypoints' centre. float64.
struct FitObservations {
  torch::Tensor point;             // (B,42,2): x/z, y/z; right hand, then left
  torch::Tensor confidence;        // (B,42) 0..1, 0 where not seen
  torch::Tensor sigma;             // (B): standard deviation of a point
  torch::Tensor depth;             // (B,42) of a joint beyond its wrist, in units of the wrist's depth
  torch::Tensor depth_confidence;  // (B,42): 0 where unknown
  torch::Tensor joint;             // (B,42,3) m in this camera
  torch::Tensor joint_confidence;  // (B,42): 0 where unknown
  // For sequences: mean joints of the adjacent frames (B,42,3) m in this camera, and the person's shapes (B,20), each with the
  // weight (B) of a squared difference, 0 for single images.
  torch::Tensor beside, beside_weight, shape, shape_weight;
};
inline constexpr std::array kObservationTensors = {&FitObservations::point,
                                                   &FitObservations::confidence,
                                                   &FitObservations::sigma,
                                                   &FitObservations::depth,
                                                   &FitObservations::depth_confidence,
                                                   &FitObservations::joint,
                                                   &FitObservations::joint_confidence,
                                                   &FitObservations::beside,
                                                   &FitObservations::beside_weight,
                                                   &FitObservations::shape,
                                                   &FitObservations::shape_weight};

// Variables of B fits.
struct FitPoint {
  torch::Tensor code;      // (B,U)
  torch::Tensor rotation;  // (B,3,3) right wrist in the camera
  torch::Tensor place;     // (B,3): x/z and y/z of the right wrist, logarithm of its z in m
};
inline constexpr std::array kPointTensors = {&FitPoint::code, &FitPoint::rotation, &FitPoint::place};

// The energy at a FitPoint, and its Gauss-Newton model: half the squared norm of M weighted residuals, linear in the step, and of
// the code. A step is U + 6 numbers: code, rotation w of the right wrist, exp([w]x) R, and its position.
struct FitModel {
  torch::Tensor energy;         // (B)
  torch::Tensor residual;       // (B,M)
  torch::Tensor by_leading;     // (B,M,L+6): Jacobian by the decoded part of the code, rotation and position
  torch::Tensor by_rest;        // (B,M,U-L): Jacobian by the rest of the code
  torch::Tensor square, count;  // (B): inlier-weighted sums of squared residuals in units of sigma, and of ones
};
inline constexpr std::array kModelTensors = {&FitModel::energy,  &FitModel::residual, &FitModel::by_leading,
                                             &FitModel::by_rest, &FitModel::square,   &FitModel::count};

torch::Tensor shapes_of(const torch::Tensor& state);  // (B,20)
// Gradient of the energy by a step (B,U+6).
torch::Tensor slope_of(const FitModel& model, const FitPoint& point);
// Merges Jacobians by the leading numbers (..,L+6) and by the rest (..,U-L) into a step's order (..,U+6).
torch::Tensor in_step_order(const torch::Tensor& by_leading, const torch::Tensor& by_rest);

struct JointsInCamera {
  torch::Tensor joints;   // (B,42,3) m
  torch::Tensor by_step;  // (B,42,3,U+6)
};

// far: the cost grows linearly with distance, so that distant solutions are reached, and overlap has no cost, as it could push
// hands to the wrong side of each other. near: the cost of large distances is nearly flat, so that outliers do not pull, and
// overlap has a cost.
enum class FitStage { far, near };

class FitEnergy {
 public:
  FitEnergy(const StatePrior& prior, const PairJointModel& joints, double joint_sigma, FitStage stage)
      : prior_(prior), joints_(joints), joint_sigma_(joint_sigma), stage_(stage) {}
  // E = sum of a robust cost of distances in units of sigma + |code|^2 / 2 + a weak cost of the shapes
  // + in stage `near`, the squared overlap of both hands' capsules (hand/contact.h) in units of 1 mm.
  FitModel operator()(const FitPoint& point, const FitObservations& observations) const;
  JointsInCamera joints(const FitPoint& point) const;

 private:
  const StatePrior& prior_;
  const PairJointModel& joints_;
  double joint_sigma_;
  FitStage stage_;
};

FitPoint moved(const FitPoint& point, const torch::Tensor& step);  // (B,U+6)

// Selects rows of observations, points or models by index (n) int64.
template <class Rows, size_t N>
Rows rows_of(const Rows& all, const torch::Tensor& index, const std::array<torch::Tensor Rows::*, N>& members) {
  Rows some;
  for (const auto member : members) some.*member = (all.*member).index_select(0, index);
  return some;
}
inline FitObservations rows(const FitObservations& observations, const torch::Tensor& index) {
  return rows_of(observations, index, kObservationTensors);
}
inline FitPoint rows(const FitPoint& point, const torch::Tensor& index) { return rows_of(point, index, kPointTensors); }
inline FitModel rows(const FitModel& model, const torch::Tensor& index) { return rows_of(model, index, kModelTensors); }

}  // namespace interprior
