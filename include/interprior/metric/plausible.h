#pragma once
#include <torch/types.h>

namespace interprior {

// No hand is beyond these: what is tells of a fault or of an untrained network, and of nothing that could be measured.
inline constexpr double kLargestPlace = 1000;                       // m, each coordinate
inline constexpr double kLargestHand = 3, kLargestBone = 1;         // m: longest side of a hand's box; wrist to middle knuckle
inline constexpr double kShortestBone = 0.005;                      // m
inline constexpr double kLargestShape = 100, kLargestAngle = 1000;  // MANO's units, rad
inline constexpr double kLargestCamera = 1e7;                       // px

// Of point clouds (...,P,3) m whether all points are finite and within kLargestPlace and kLargestHand: (...) bool.
torch::Tensor plausible_points(const torch::Tensor& points);

}  // namespace interprior
