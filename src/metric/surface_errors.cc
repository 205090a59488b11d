#include "surface_errors.h"

#include <torch/types.h>

#include <cmath>

#include "joint_stddev.h"

namespace interprior {

bool SurfaceMeter::are_hands(const PerHand<Points>& vertices, int64_t row, const torch::Tensor& marks) const {
  bool all = true;
  for (const Side side : kSides) {
    const bool hand = is_hand_[side](vertices[side]);
    number_at(marks, 2 * row + static_cast<int64_t>(side)) = hand ? 0 : 1;
    all = all && hand;
  }
  return all;
}

void SurfaceMeter::measure(ClosedHands& closed, const SamplePoints& predicted, const SamplePoints& truth, int64_t row,
                           SurfaceErrors& errors) const {
  if (!are_hands(truth.vertices, row, errors.true_no_hand)) return;
  number_at(errors.overlap, row) = box_overlap(truth.vertices);
  closed.place(truth.vertices);
  const double true_distance = number_at(errors.true_distance, row) = closed.measures().distance_mm;
  for (const Side side : kSides)
    number_at(errors.occlusion, 2 * row + static_cast<int64_t>(side)) = closed.occlusion(side, truth.mesh_joints[side]);
  if (predicted.vertices.right.cols() == 0) return;
  if (!are_hands(predicted.vertices, row, errors.no_hand)) return;
  closed.place(predicted.vertices);
  const ContactMeasures measures = closed.measures();
  number_at(errors.penetration, row) = measures.penetration_mm;
  number_at(errors.mean_depth, row) = measures.mean_depth_mm;
  number_at(errors.intersection, row) = measures.intersection_cm3;
  number_at(errors.distance, row) = measures.distance_mm;
  if (true_distance < kContactMm) number_at(errors.contact_distance, row) = std::abs(measures.distance_mm - true_distance);
}

}  // namespace interprior
