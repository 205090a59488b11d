#pragma once
#include <array>

#include "interprior/data/images/image_index.h"
#include "interprior/geometry/mesh.h"
#include "interprior/hand/skinned_hand.h"

// One hand of one image as plain numbers, transformed from the annotation's world frame to the crop's camera.
namespace interprior {

struct PosedHand : PlainPose {  // the pose, wrist and mesh are valid only if has_mano
  bool present = false, has_mano = false;
  Vector3 wrist{};                   // m
  Mesh mesh;                         // closed at the wrist if it comes from an annotation
  std::array<Vector3, 21> joints{};  // m, as annotated
  std::array<bool, 21> joint_valid{};
};

// The annotated hand in the image's camera: R0' = R R0, wrist = R (J0 + trans) + t.
PosedHand posed_hand(const ImageRecord& record, Side side, const ManoModel& model, const SkinnedHand& skinned);

// Fills the mesh from rotations, shape and wrist; returns the 21 posed joints, m.
std::array<Vector3, kJoints> pose_mesh(PosedHand& hand, const SkinnedHand& skinned, const SkinnedHand::Faces& faces);

// Rotates the hand into a camera turned by R (target from source).
void turn(PosedHand& hand, const Matrix3& rotation);

// Translates the hand by an offset, m.
void shift(PosedHand& hand, const Vector3& offset);

// Mirrors the scene by M = diag(-1,1,1) and swaps the hands.
void mirror(PerHand<PosedHand>& hands);

Vector3 mirrored(const Vector3& v);         // M v
Matrix3 mirrored(const Matrix3& rotation);  // M R M

}  // namespace interprior
