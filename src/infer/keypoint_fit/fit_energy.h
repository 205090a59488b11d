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
  // Of a sequence: where the frames beside have the joints on average (B,42,3) m in this camera, and the person's shapes (B,20),
  // each with the weight (B) of a squared difference, 0 alone.
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

// Where B fits stand.
struct FitPoint {
  torch::Tensor code;      // (B,U)
  torch::Tensor rotation;  // (B,3,3) right wrist in the camera
  torch::Tensor place;     // (B,3): x/z and y/z of the right wrist, logarithm of its z in m
};
inline constexpr std::array kPointTensors = {&FitPoint::code, &FitPoint::rotation, &FitPoint::place};

// The energy there, and Gauss and Newton's model of it: half the square of M weighted residuals that a step moves, and of the
// code. A step is U + 6 numbers: of the code, a turn w of the right wrist, exp([w]x) R, and its place.
struct FitModel {
  torch::Tensor energy;         // (B)
  torch::Tensor residual;       // (B,M)
  torch::Tensor by_leading;     // (B,M,L+6): by what a network decodes of the code, by turn and place
  torch::Tensor by_rest;        // (B,M,U-L): by the rest of the code
  torch::Tensor square, count;  // (B): of points that are no outliers: weighted sums of squared residuals in sigma, and of ones
};
inline constexpr std::array kModelTensors = {&FitModel::energy,  &FitModel::residual, &FitModel::by_leading,
                                             &FitModel::by_rest, &FitModel::square,   &FitModel::count};

torch::Tensor shapes_of(const torch::Tensor& state);  // (B,20)
// Of the energy by a step (B,U+6).
torch::Tensor slope_of(const FitModel& model, const FitPoint& point);
// What moves by leading numbers (..,L+6) and by the rest (..,U-L), as one in a step's order (..,U+6).
torch::Tensor in_step_order(const torch::Tensor& by_leading, const torch::Tensor& by_rest);

struct JointsInCamera {
  torch::Tensor joints;   // (B,42,3) m
  torch::Tensor by_step;  // (B,42,3,U+6)
};

// Far from a solution a distance's cost grows with it, so that it leads there, and overlap costs nothing, which would push hands
// to the wrong side of each other. Near it a distance's cost hardly grows, so that a wrong joint does not pull, and overlap
// costs.
enum class FitStage { far, near };

class FitEnergy {
 public:
  FitEnergy(const StatePrior& prior, const PairJointModel& joints, double joint_sigma, FitStage stage)
      : prior_(prior), joints_(joints), joint_sigma_(joint_sigma), stage_(stage) {}
  // E = sum of a robust cost of distances in units of sigma + |code|^2 / 2 + a weak cost of the shapes
  // + near a solution what both hands' capsules (hand/contact.h) overlap, squared, in units of 1 mm.
  FitModel operator()(const FitPoint& point, const FitObservations& seen) const;
  JointsInCamera joints(const FitPoint& point) const;

 private:
  const StatePrior& prior_;
  const PairJointModel& joints_;
  double joint_sigma_;
  FitStage stage_;
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
