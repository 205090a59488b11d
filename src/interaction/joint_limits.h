#pragma once
#include <torch/types.h>

#include "interprior/data/poses.h"

namespace interprior {

inline constexpr int64_t kFingerAngles = 45;  // axis-angle of MANO's 15 finger joints

// Range of each component of the finger joints' axis-angle over the sources' hands: 0.5th to 99.5th percentile, widened by 10
// degrees, and the standard deviation (at least 1 degree).
struct JointLimits {
  torch::Tensor low, high, stddev;  // (45) rad
};

// Computed from all rows; left hands are mirrored to right ones.
PerHand<JointLimits> joint_limits(const Poses& poses);

// Axis-angle (...,3) of the mirrored hand: (x, -y, -z).
torch::Tensor mirrored_angles(const torch::Tensor& axis_angle);

}  // namespace interprior
