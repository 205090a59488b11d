#pragma once
#include <Eigen/Core>
#include <array>

#include "interprior/hand/mano_model.h"
#include "interprior/hand/skeleton.h"

// Forward kinematics of one hand in plain numbers, for fast pose generation. Metres, MANO's axes.
namespace interprior {

using Eigen::Matrix3d;
using Eigen::Vector3d;
using Joints = std::array<Vector3d, kJoints>;         // order of hand/skeleton.h
using Rotations = std::array<Matrix3d, kManoJoints>;  // MANO's joint order, wrist first
using ShapeNumbers = std::array<double, 10>;

// The anatomical axes of a flat hand, orthonormal: towards the finger tips, out of the palm, towards the thumb.
struct HandAxes {
  Vector3d fingers, palm, thumb;
  Matrix3d matrix() const;  // columns in this order
};

class HandChain {
 public:
  HandChain(const ManoModel& model, Side side);

  Joints rest(const ShapeNumbers& shape) const;
  // Joints relative to the wrist. Tips move rigidly with the last bone, without the pose-dependent correctives (about 1 mm).
  static Joints posed(const Joints& rest, const Rotations& rotations);
  const HandAxes& axes() const { return axes_; }
  // Unit axis; a positive rotation about it bends joint i (order of hand/skeleton.h, no tip, no wrist) towards `goal`.
  Vector3d bending_axis(size_t joint, const Vector3d& goal) const;

 private:
  Joints template_;
  std::array<Joints, 10> basis_;
  HandAxes axes_;
};

}  // namespace interprior
