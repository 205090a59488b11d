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

std::array<Vector3, kManoJoints> joints_of(const torch::Tensor& regressor, const torch::Tensor& vertices) {
  const torch::Tensor joints = torch::matmul(regressor, vertices).to(torch::kFloat64).contiguous();
  std::array<Vector3, kManoJoints> rows;
  for (size_t i = 0; i < rows.size(); ++i) std::copy_n(joints.const_data_ptr<double>() + 3 * i, 3, rows[i].begin());
  return rows;
}

void add(std::vector<float>& sum, const std::vector<float>& direction, double amount) {
  const auto factor = static_cast<float>(amount);
  const float* from = direction.data();
  float* to = sum.data();
  for (size_t i = 0; i < sum.size(); ++i) to[i] += factor * from[i];
}

// World transform of a joint relative to its rest position, row-major 3x4.
using Transform = std::array<float, 12>;

}  // namespace

SkinnedHand::SkinnedHand(const ManoModel& model) {
  check_model(model, "hand");
  const torch::Tensor rest = model.v_template.to(torch::kFloat32).contiguous();
  template_.assign(rest.const_data_ptr<float>(), rest.const_data_ptr<float>() + rest.numel());
  shape_basis_ = lists_of(model.shapedirs);
  if (model.posedirs.ne(0).any().item<bool>()) pose_basis_ = lists_of(model.posedirs);
  joint_template_ = joints_of(model.J_regressor, model.v_template);
  for (size_t k = 0; k < joint_basis_.size(); ++k)
    joint_basis_[k] = joints_of(model.J_regressor, model.shapedirs.select(2, static_cast<int64_t>(k)).contiguous());
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

std::array<Vector3, kManoJoints> SkinnedHand::rest_joints(const std::array<double, 10>& shape) const {
  std::array<Vector3, kManoJoints> joints = joint_template_;
  for (size_t k = 0; k < shape.size(); ++k)
    for (size_t i = 0; i < joints.size(); ++i)
      for (size_t axis = 0; axis < 3; ++axis) joints[i][axis] += shape[k] * joint_basis_[k][i][axis];
  return joints;
}

Vector3 SkinnedHand::rest_wrist(const std::array<double, 10>& shape) const { return rest_joints(shape)[0]; }

void SkinnedHand::pose(const PlainPose& hand, Vertices& vertices, std::array<Vector3, kJoints>& joints_about_wrist) const {
  const auto rest = rest_joints(hand.shape);
  std::array<Matrix3, kManoJoints> turned;
  std::array<Vector3, kManoJoints> joints{};
  std::array<Transform, kManoJoints> transforms;
  for (size_t i = 0; i < joints.size(); ++i) {
    turned[i] = hand.rotations[i];
    if (i > 0) {
      const auto parent = static_cast<size_t>(kManoParents[i]);
      const Vector3 bone = multiply(
          turned[parent], Vector3{rest[i][0] - rest[parent][0], rest[i][1] - rest[parent][1], rest[i][2] - rest[parent][2]});
      turned[i] = multiply(turned[parent], hand.rotations[i]);
      for (size_t axis = 0; axis < 3; ++axis) joints[i][axis] = joints[parent][axis] + bone[axis];
    }
    const Vector3 rest_turned = multiply(turned[i], rest[i]);
    for (size_t row = 0; row < 3; ++row) {
      for (size_t column = 0; column < 3; ++column)
        transforms[i][4 * row + column] = static_cast<float>(turned[i][3 * row + column]);
      transforms[i][4 * row + 3] = static_cast<float>(joints[i][row] - rest_turned[row]);
    }
  }

  std::vector<float> shaped = template_;
  for (size_t k = 0; k < shape_basis_.size(); ++k) add(shaped, shape_basis_[k], hand.shape[k]);
  for (size_t k = 0; k < pose_basis_.size(); ++k) {
    const size_t joint = 1 + k / 9, entry = k % 9;
    add(shaped, pose_basis_[k], hand.rotations[joint][entry] - (entry % 4 == 0 ? 1 : 0));
  }

  vertices.resize(weight_end_.size());
  size_t next = 0;
  for (size_t vertex = 0; vertex < weight_end_.size(); ++vertex) {
    Transform blended{};
    for (; next < weight_end_[vertex]; ++next)
      for (size_t k = 0; k < blended.size(); ++k)
        blended[k] += weights_[next].share * transforms[static_cast<size_t>(weights_[next].joint)][k];
    const float *p = shaped.data() + 3 * vertex, *t = blended.data();
    vertices[vertex] = {t[0] * p[0] + t[1] * p[1] + t[2] * p[2] + t[3], t[4] * p[0] + t[5] * p[1] + t[6] * p[2] + t[7],
                        t[8] * p[0] + t[9] * p[1] + t[10] * p[2] + t[11]};
  }

  for (size_t i = 0; i < joints_about_wrist.size(); ++i) {
    const auto native = static_cast<size_t>(kFromMano[i]);
    if (native < joints.size()) {
      joints_about_wrist[i] = joints[native];
    } else {
      const auto& tip = vertices[tips_[native - joints.size()]];
      joints_about_wrist[i] = {tip[0], tip[1], tip[2]};
    }
  }
}

Matrix3 plain_rotation(const Vector3& v) {
  const double angle = std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
  const double a = angle < 1e-8 ? 1 : std::sin(angle) / angle;
  const double b = angle < 1e-8 ? 0.5 : (1 - std::cos(angle)) / (angle * angle);
  const double diagonal = 1 - b * angle * angle;
  return {diagonal + b * v[0] * v[0], b * v[0] * v[1] - a * v[2], b * v[0] * v[2] + a * v[1],
          b * v[0] * v[1] + a * v[2], diagonal + b * v[1] * v[1], b * v[1] * v[2] - a * v[0],
          b * v[0] * v[2] - a * v[1], b * v[1] * v[2] + a * v[0], diagonal + b * v[2] * v[2]};
}

}  // namespace interprior
