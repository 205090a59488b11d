#pragma once
#include <torch/types.h>

namespace interprior {

// Limits of plausible hands. Values beyond them indicate a fault or an untrained network and are not evaluated.
inline constexpr double kLargestPlace = 1000;                       // m, each coordinate
inline constexpr double kLargestHand = 3, kLargestBone = 1;         // m: longest side of a hand's box; wrist to middle MCP joint
inline constexpr double kShortestBone = 0.005;                      // m
inline constexpr double kLargestShape = 100, kLargestAngle = 1000;  // MANO's units, rad

// Whether all points of a cloud (...,P,3) m are finite and within kLargestPlace and kLargestHand: (...) bool.
torch::Tensor plausible_points(const torch::Tensor& points);

}  // namespace interprior
