#pragma once
#include <array>

#include "interprior/geometry/rigid_transform.h"
#include "interprior/hand/mano_model.h"
#include "interprior/hand/skeleton.h"

// One hand in plain numbers: the value that loaders, generators, file formats and evaluation share. Batches of hands with
// gradients are HandPose (hand/pose.h).
namespace interprior {

using HandJoints = std::array<Vector3, kJoints>;      // order of hand/skeleton.h
using ManoJoints = std::array<Vector3, kManoJoints>;  // MANO's order, wrist first
using Rotations = std::array<Matrix3, kManoJoints>;   // MANO's order, wrist first
using ShapeNumbers = std::array<double, 10>;

struct PosedHand {
  Rotations rotations;   // theta, absolute (hands_mean added); the wrist's is in the axes of the hand's frame
  ShapeNumbers shape{};  // beta
  Vector3 wrist;         // m, in the hand's frame

  PosedHand() { rotations.fill(Matrix3::Identity()); }
};

// The hand in frame b.
PosedHand operator*(const RigidTransform& b_from_a, PosedHand hand_in_a);
// The hand of the other side: mirrored at the plane x = 0, an exact symmetry of MANO.
PosedHand mirrored(const PosedHand& hand);

// Rotations from MANO's 48 axis-angle numbers (rad).
template <class Number>
Rotations rotations_from_axis_angles(const Number* pose) {
  Rotations rotations;
  for (Matrix3& rotation : rotations) {
    rotation = rotation_from_axis_angle({double(pose[0]), double(pose[1]), double(pose[2])});
    pose += 3;
  }
  return rotations;
}
// MANO's 48 numbers with `times` times the model's hands_mean added to the finger angles; hands_mean must be float64 on the CPU.
std::array<double, 48> with_hands_mean(const double* pose, const ManoModel& model, double times = 1);

// The kinematic chain: for each joint the transform from its own frame (axes of the rest pose, origin at the joint) to the hand's
// axes about the wrist.
std::array<RigidTransform, kManoJoints> wrist_from_joints(const ManoJoints& rest, const Rotations& rotations);

// The joints of the rest pose, a linear function of the shape. Metres, MANO's own frame.
class RestJoints {
 public:
  explicit RestJoints(const ManoModel& model);

  ManoJoints joints(const ShapeNumbers& shape) const;     // J
  HandJoints with_tips(const ShapeNumbers& shape) const;  // J and the finger tips on the skin
  Vector3 wrist(const ShapeNumbers& shape) const { return joints(shape)[0]; }

 private:
  using Native = std::array<Vector3, kJoints>;  // MANO's joints, then the tips
  Native native(const ShapeNumbers& shape) const;

  Native template_;
  std::array<Native, 10> basis_;
};

}  // namespace interprior
