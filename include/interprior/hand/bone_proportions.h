#pragma once
#include "interprior/geometry/camera.h"
#include "interprior/hand/mano_model.h"
#include "interprior/hand/skeleton.h"

// Bone lengths as shares of their sum: they depend neither on the pose nor on the unit, and tell an order of joints from another.
namespace interprior {

using HandJoints = std::array<Vector3, kJoints>;
using BoneProportions = std::array<double, kJoints>;  // of joint i to its parent; none of the wrist

// Joints in the order of hand/skeleton.h, in any frame and unit. Zeros where all joints coincide.
BoneProportions bone_proportions(const HandJoints& joints);
// Sum of absolute differences.
double difference(const BoneProportions& a, const BoneProportions& b);

// ours[i] = theirs[from[i]].
HandJoints reordered(const HandJoints& theirs, const std::array<int64_t, kJoints>& from);

// The joints of a hand at rest, m about the wrist.
HandJoints rest_joints(const ManoModel& model);

}  // namespace interprior
