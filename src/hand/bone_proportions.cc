#include "interprior/hand/bone_proportions.h"

#include <torch/types.h>

#include <cmath>

namespace interprior {

BoneProportions bone_proportions(const HandJoints& joints) {
  BoneProportions bones{};
  double sum = 0;
  for (size_t i = 1; i < bones.size(); ++i) {
    const Vector3 &a = joints[i], &b = joints[static_cast<size_t>(kParents[i])];
    sum += bones[i] = std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
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

HandJoints reordered(const HandJoints& theirs, const std::array<int64_t, kJoints>& from) {
  HandJoints ours;
  for (size_t i = 0; i < ours.size(); ++i) ours[i] = theirs[static_cast<size_t>(from[i])];
  return ours;
}

HandJoints rest_joints(const ManoModel& model) {
  const torch::Tensor vertices = model.v_template.to(torch::kCPU, torch::kFloat64);
  const torch::Tensor chain = model.J_regressor.to(torch::kCPU, torch::kFloat64).matmul(vertices);
  const torch::Tensor native = torch::cat({chain, vertices.index_select(0, model.tips.to(torch::kCPU))}).contiguous();
  HandJoints joints;
  for (size_t i = 0; i < joints.size(); ++i)
    for (int64_t k = 0; k < 3; ++k)
      joints[i][static_cast<size_t>(k)] = native.data_ptr<double>()[3 * kFromMano[i] + k] - native.data_ptr<double>()[k];
  return joints;
}

}  // namespace interprior
