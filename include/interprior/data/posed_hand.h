#pragma once
#include <array>

#include "interprior/data/images/image_index.h"
#include "interprior/geometry/mesh.h"
#include "interprior/hand/skinned_hand.h"

// One hand of one picture as plain numbers, on its way from the annotation's world to the crop's camera.
namespace interprior {

struct PosedHand : PlainPose {  // meaningful with has_mano, like wrist and mesh
  bool present = false, has_mano = false;
  Vector3 wrist{};                   // m
  Mesh mesh;                         // closed at the wrist where it comes from an annotation
  std::array<Vector3, 21> joints{};  // m, as annotated
  std::array<bool, 21> joint_valid{};
};

// The annotated hand in the picture's camera: R0' = R R0, wrist = R (J0 + trans) + t.
PosedHand posed_hand(const ImageRecord& record, Side side, const ManoModel& model, const SkinnedHand& skinned);

// Fills the mesh from rotations, shape and wrist; returns the chain's joints.
std::array<Vector3, kJoints> pose_mesh(PosedHand& hand, const SkinnedHand& skinned, const SkinnedHand::Faces& faces);

// Seen from a camera turned by R (target from source).
void turn(PosedHand& hand, const Matrix3& rotation);

// Moved by an offset, m.
void shift(PosedHand& hand, const Vector3& offset);

// Swaps the hands by M = diag(-1,1,1).
void mirror(PerHand<PosedHand>& hands);

Vector3 mirrored(const Vector3& v);         // M v
Matrix3 mirrored(const Matrix3& rotation);  // M R M

}  // namespace interprior
