#include "interprior/hand/skinned_hand.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>

#include "interprior/geometry/mesh.h"

namespace interprior {
namespace {

// Directions (V,3,N) as N lists of (V,3).
std::vector<std::vector<float>> lists_of(const torch::Tensor& directions) {
  const torch::Tensor basis = directions.permute({2, 0, 1}).to(torch::kFloat32).contiguous();
  std::vector<std::vector<float>> lists;
  for (int64_t i = 0; i < basis.size(0); ++i) {
    const float* numbers = basis.const_data_ptr<float>() + i * basis.size(1) * 3;
    lists.emplace_back(numbers, numbers + basis.size(1) * 3);
  }
  return lists;
}

void add(std::vector<float>& sum, const std::vector<float>& direction, double amount) {
  const auto factor = static_cast<float>(amount);
  const float* from = direction.data();
  float* to = sum.data();
  for (size_t i = 0; i < sum.size(); ++i) to[i] += factor * from[i];
}

const ManoModel& checked(const ManoModel& model) {
  check_model(model, "hand");
  return model;
}

// Of a joint relative to its rest position, row-major 3x4.
using SkinTransform = std::array<float, 12>;

SkinTransform skin_transform(const RigidTransform& wrist_from_joint, const Vector3& rest) {
  const Vector3 offset = wrist_from_joint.translation - wrist_from_joint.rotation * rest;
  SkinTransform transform;
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 3; ++column)
      transform[static_cast<size_t>(4 * row + column)] = static_cast<float>(wrist_from_joint.rotation(row, column));
    transform[static_cast<size_t>(4 * row + 3)] = static_cast<float>(offset[row]);
  }
  return transform;
}

}  // namespace

SkinnedHand::SkinnedHand(const ManoModel& model) : rest_(checked(model)) {
  const torch::Tensor rest = model.v_template.to(torch::kFloat32).contiguous();
  template_.assign(rest.const_data_ptr<float>(), rest.const_data_ptr<float>() + rest.numel());
  shape_basis_ = lists_of(model.shapedirs);
  if (model.posedirs.ne(0).any().item<bool>()) pose_basis_ = lists_of(model.posedirs);
  const torch::Tensor weights = model.weights.to(torch::kFloat32).contiguous();
  const float* share = weights.const_data_ptr<float>();
  for (int64_t vertex = 0; vertex < weights.size(0); ++vertex) {
    for (int32_t joint = 0; joint < kManoJoints; ++joint, ++share)
      if (*share != 0) weights_.push_back({joint, *share});
    weight_end_.push_back(weights_.size());
  }
  faces_ = mesh_from(model.v_template, model.faces).faces;
  closed_ = interprior::closed_faces(faces_);
  const torch::Tensor tips = model.tips.to(torch::kInt64).contiguous();
  for (size_t i = 0; i < tips_.size(); ++i) tips_[i] = static_cast<size_t>(tips.const_data_ptr<int64_t>()[i]);
}

void SkinnedHand::pose(const PosedHand& hand, Vertices& vertices, HandJoints& joints_about_wrist) const {
  const ManoJoints rest = rest_.joints(hand.shape);
  const auto wrist_from_joint = wrist_from_joints(rest, hand.rotations);
  std::array<SkinTransform, kManoJoints> transforms;
  for (size_t i = 0; i < transforms.size(); ++i) transforms[i] = skin_transform(wrist_from_joint[i], rest[i]);

  std::vector<float> shaped = template_;
  for (size_t k = 0; k < shape_basis_.size(); ++k) add(shaped, shape_basis_[k], hand.shape[k]);
  for (size_t k = 0; k < pose_basis_.size(); ++k) {
    const size_t joint = 1 + k / 9, entry = k % 9;
    add(shaped, pose_basis_[k], hand.rotations[joint].data()[entry] - (entry % 4 == 0 ? 1 : 0));
  }

  vertices.resize(weight_end_.size());
  size_t next = 0;
  for (size_t vertex = 0; vertex < weight_end_.size(); ++vertex) {
    SkinTransform blended{};
    for (; next < weight_end_[vertex]; ++next)
      for (size_t k = 0; k < blended.size(); ++k)
        blended[k] += weights_[next].share * transforms[static_cast<size_t>(weights_[next].joint)][k];
    const float *p = shaped.data() + 3 * vertex, *t = blended.data();
    vertices[vertex] = {t[0] * p[0] + t[1] * p[1] + t[2] * p[2] + t[3], t[4] * p[0] + t[5] * p[1] + t[6] * p[2] + t[7],
                        t[8] * p[0] + t[9] * p[1] + t[10] * p[2] + t[11]};
  }

  for (size_t i = 0; i < joints_about_wrist.size(); ++i) {
    const auto native = static_cast<size_t>(kFromMano[i]);
    if (native < wrist_from_joint.size()) {
      joints_about_wrist[i] = wrist_from_joint[native].translation;
    } else {
      const auto& tip = vertices[tips_[native - wrist_from_joint.size()]];
      joints_about_wrist[i] = {tip[0], tip[1], tip[2]};
    }
  }
}

}  // namespace interprior
