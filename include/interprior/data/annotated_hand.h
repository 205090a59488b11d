#pragma once
#include <array>

#include "interprior/data/images/image_index.h"
#include "interprior/geometry/mesh.h"
#include "interprior/hand/skinned_hand.h"

// One hand of one image in plain numbers, moved from the annotation's world frame to the crop's camera.
namespace interprior {

struct AnnotatedHand {
  bool present = false, has_mano = false;
  PosedHand pose;     // where has_mano
  Mesh mesh;          // where has_mano; closed at the wrist if it comes from an annotation
  HandJoints joints;  // m, as annotated
  std::array<bool, kJoints> joint_valid{};
};

// The annotated hand in the image's camera: R0' = R R0, wrist = R (J0 + trans) + t.
AnnotatedHand annotated_hand(const ImageRecord& record, Side side, const ManoModel& model, const SkinnedHand& skinned);

// Fills the mesh from the pose; returns the 21 posed joints, m.
HandJoints pose_mesh(AnnotatedHand& hand, const SkinnedHand& skinned, const SkinnedHand::Faces& faces);

// Moves pose, mesh and joints to frame b.
void transform(AnnotatedHand& hand, const RigidTransform& b_from_a);

// Mirrors the scene by M = diag(-1,1,1) and swaps the hands.
void mirror(PerHand<AnnotatedHand>& hands);

}  // namespace interprior
