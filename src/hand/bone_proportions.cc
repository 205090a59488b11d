#include "interprior/hand/bone_proportions.h"

#include <cmath>

namespace interprior {

BoneProportions bone_proportions(const HandJoints& joints) {
  BoneProportions bones{};
  double sum = 0;
  for (size_t i = 1; i < bones.size(); ++i) {
    sum += bones[i] = (joints[i] - joints[static_cast<size_t>(kParents[i])]).norm();
  }
  if (sum > 0)
    for (double& bone : bones) bone /= sum;
  return bones;
}

double difference(const BoneProportions& a, const BoneProportions& b) {
  double sum = 0;
  for (size_t i = 1; i < a.size(); ++i) sum += std::abs(a[i] - b[i]);
  return sum;
}

HandJoints reordered(const HandJoints& joints, const std::array<int64_t, kJoints>& from) {
  HandJoints result;
  for (size_t i = 0; i < result.size(); ++i) result[i] = joints[static_cast<size_t>(from[i])];
  return result;
}

HandJoints rest_joints(const ManoModel& model) {
  HandJoints joints = RestJoints(model).with_tips({});
  const Vector3 wrist = joints[kWrist];
  for (Vector3& joint : joints) joint -= wrist;
  return joints;
}

}  // namespace interprior
