#pragma once
#include <torch/types.h>

#include "interprior/data/poses.h"

namespace interprior {

inline constexpr int64_t kFingerAngles = 45;  // axis-angle of MANO's 15 finger joints

// How far people bend: per number of the finger joints' axis-angle the range between the 0.5th and the 99.5th percentile of the
// sources' hands, widened by 10 degrees, and their standard deviation (at least 1 degree).
struct JointLimits {
  torch::Tensor low, high, spread;  // (45) rad
};

// Of all rows, left hands mirrored onto right ones.
PerHand<JointLimits> joint_limits(const Poses& poses);

// Axis-angle (...,3) of the mirrored hand: (x, -y, -z).
torch::Tensor mirrored_angles(const torch::Tensor& axis_angle);

}  // namespace interprior
