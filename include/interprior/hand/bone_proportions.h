#pragma once
#include "interprior/hand/posed_hand.h"

// Bone lengths as fractions of their sum: independent of pose and unit, used to recognise joint orders.
namespace interprior {

using BoneProportions = std::array<double, kJoints>;  // of the bone from joint i to its parent; 0 for the wrist

// Joints in the order of hand/skeleton.h, in any frame and unit. Zeros if all joints coincide.
BoneProportions bone_proportions(const HandJoints& joints);
// L1 distance.
double difference(const BoneProportions& a, const BoneProportions& b);

// Reorders joints: result[i] = joints[from[i]].
HandJoints reordered(const HandJoints& joints, const std::array<int64_t, kJoints>& from);

// The joints of the mean shape's rest pose, m, relative to the wrist.
HandJoints rest_joints(const ManoModel& model);

}  // namespace interprior
