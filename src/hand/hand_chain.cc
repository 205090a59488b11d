#include "interprior/hand/hand_chain.h"

#include <Eigen/Geometry>

namespace interprior {
namespace {

// The palm's normal depends on handedness only: fingers x thumb points out of a left palm and into a right palm.
HandAxes axes_of(const HandJoints& rest, Side side) {
  HandAxes axes;
  axes.fingers = (rest[kMiddleMcp] - rest[kWrist]).normalized();
  const Vector3 across = rest[5] - rest[17];
  axes.thumb = (across - across.dot(axes.fingers) * axes.fingers).normalized();
  axes.palm = axes.fingers.cross(axes.thumb) * (side == Side::left ? 1.0 : -1.0);
  return axes;
}

}  // namespace

Matrix3 HandAxes::matrix() const {
  Matrix3 columns;
  columns << fingers, palm, thumb;
  return columns;
}

HandChain::HandChain(const ManoModel& model, Side side)
    : rest_(model), template_(rest_.with_tips({})), axes_(axes_of(template_, side)) {}

HandJoints HandChain::posed(const HandJoints& rest, const Rotations& rotations) {
  ManoJoints mano_rest;
  for (size_t i = 0; i < rest.size(); ++i)
    if (kFromMano[i] < kManoJoints) mano_rest[static_cast<size_t>(kFromMano[i])] = rest[i];
  const auto wrist_from_joint = wrist_from_joints(mano_rest, rotations);
  HandJoints joints;
  for (size_t i = 1; i < joints.size(); ++i) {
    const auto parent = static_cast<size_t>(kParents[i]);
    joints[i] = wrist_from_joint[static_cast<size_t>(kFromMano[parent])] * Vector3(rest[i] - rest[parent]);
  }
  return joints;
}

Vector3 HandChain::bending_axis(size_t joint, const Vector3& goal) const {
  return (template_[joint + 1] - template_[joint]).cross(goal).normalized();
}

}  // namespace interprior
