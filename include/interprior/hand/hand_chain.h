#pragma once
#include <Eigen/Core>
#include <array>

#include "interprior/hand/mano_model.h"
#include "interprior/hand/skeleton.h"

// The skeleton of one hand as plain numbers: what a generator poses a thousand times a second. Metres, MANO's axes.
namespace interprior {

using Eigen::Matrix3d;
using Eigen::Vector3d;
using Joints = std::array<Vector3d, kJoints>;         // order of hand/skeleton.h
using Rotations = std::array<Matrix3d, kManoJoints>;  // MANO's joint order, wrist first
using ShapeNumbers = std::array<double, 10>;

// The anatomical directions of a flat hand, orthonormal: towards the finger tips, out of the palm, towards the thumb.
struct HandAxes {
  Vector3d fingers, palm, thumb;
  Matrix3d matrix() const;  // columns in this order
};

class HandChain {
 public:
  HandChain(const ManoModel& model, Side side);

  Joints rest(const ShapeNumbers& shape) const;
  // Joints about the wrist at the origin. Tips are carried by the last bone, without the blend model's corrections (about 1 mm).
  static Joints posed(const Joints& rest, const Rotations& rotations);
  const HandAxes& axes() const { return axes_; }
  // Unit axis about which a positive angle bends joint i (order of hand/skeleton.h, no tip, no wrist) towards `goal`.
  Vector3d bending_axis(size_t joint, const Vector3d& goal) const;

 private:
  Joints template_;
  std::array<Joints, 10> basis_;
  HandAxes axes_;
};

}  // namespace interprior
