#pragma once
#include "interprior/hand/posed_hand.h"
#include "interprior/hand/side.h"

// Forward kinematics of one hand in plain numbers, for fast pose generation. Metres, MANO's axes.
namespace interprior {

// The anatomical axes of a flat hand, orthonormal: towards the finger tips, out of the palm, towards the thumb.
struct HandAxes {
  Vector3 fingers, palm, thumb;
  Matrix3 matrix() const;  // columns in this order
};

class HandChain {
 public:
  HandChain(const ManoModel& model, Side side);

  HandJoints rest(const ShapeNumbers& shape) const { return rest_.with_tips(shape); }
  // Joints relative to the wrist. Tips move rigidly with the last bone, without the pose-dependent correctives (about 1 mm).
  static HandJoints posed(const HandJoints& rest, const Rotations& rotations);
  const HandAxes& axes() const { return axes_; }
  // Unit axis; a positive rotation about it bends joint i (order of hand/skeleton.h, no tip, no wrist) towards `goal`.
  Vector3 bending_axis(size_t joint, const Vector3& goal) const;

 private:
  RestJoints rest_;
  HandJoints template_;  // of the mean shape
  HandAxes axes_;
};

}  // namespace interprior
