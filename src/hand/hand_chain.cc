#include "interprior/hand/hand_chain.h"

#include <torch/types.h>

#include <Eigen/Geometry>

namespace interprior {
namespace {

// The 21 joints of vertices (V,3): regressed joints and tips, in the order of hand/skeleton.h.
Joints joints_of(const torch::Tensor& vertices, const ManoModel& model) {
  const torch::Tensor native =
      torch::cat({torch::matmul(model.J_regressor, vertices), vertices.index_select(0, model.tips)}).contiguous();
  const double* numbers = native.const_data_ptr<double>();
  Joints joints;
  for (size_t i = 0; i < joints.size(); ++i) joints[i] = Vector3d(numbers + 3 * kFromMano[i]);
  return joints;
}

// The palm's normal depends on handedness only: fingers x thumb points out of a left palm and into a right palm.
HandAxes axes_of(const Joints& rest, Side side) {
  HandAxes axes;
  axes.fingers = (rest[kMiddleMcp] - rest[kWrist]).normalized();
  const Vector3d across = rest[5] - rest[17];
  axes.thumb = (across - across.dot(axes.fingers) * axes.fingers).normalized();
  axes.palm = axes.fingers.cross(axes.thumb) * (side == Side::left ? 1.0 : -1.0);
  return axes;
}

}  // namespace

Matrix3d HandAxes::matrix() const {
  Matrix3d columns;
  columns << fingers, palm, thumb;
  return columns;
}

HandChain::HandChain(const ManoModel& model, Side side)
    : template_(joints_of(model.v_template, model)), axes_(axes_of(template_, side)) {
  for (size_t k = 0; k < basis_.size(); ++k)
    basis_[k] = joints_of(model.shapedirs.select(2, static_cast<int64_t>(k)).contiguous(), model);
}

Joints HandChain::rest(const ShapeNumbers& shape) const {
  Joints joints = template_;
  for (size_t k = 0; k < shape.size(); ++k)
    for (size_t i = 0; i < joints.size(); ++i) joints[i] += shape[k] * basis_[k][i];
  return joints;
}

Joints HandChain::posed(const Joints& rest, const Rotations& rotations) {
  Joints joints;
  std::array<Matrix3d, kJoints> turned;
  joints[0].setZero();
  turned[0] = rotations[0];
  for (size_t i = 1; i < joints.size(); ++i) {
    const auto parent = static_cast<size_t>(kParents[i]);
    joints[i] = joints[parent] + turned[parent] * (rest[i] - rest[parent]);
    const auto own = static_cast<size_t>(kFromMano[i]);
    if (own < rotations.size()) turned[i] = turned[parent] * rotations[own];
  }
  return joints;
}

Vector3d HandChain::bending_axis(size_t joint, const Vector3d& goal) const {
  return (template_[joint + 1] - template_[joint]).cross(goal).normalized();
}

}  // namespace interprior
