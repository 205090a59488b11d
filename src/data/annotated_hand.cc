#include "interprior/data/annotated_hand.h"

#include <torch/types.h>

#include <utility>

namespace interprior {
namespace {

std::array<float, 3> moved(const RigidTransform& b_from_a, const std::array<float, 3>& vertex) {
  const Vector3 place = b_from_a * Vector3(vertex[0], vertex[1], vertex[2]);
  return {static_cast<float>(place[0]), static_cast<float>(place[1]), static_cast<float>(place[2])};
}

}  // namespace

HandJoints pose_mesh(AnnotatedHand& hand, const SkinnedHand& skinned, const SkinnedHand::Faces& faces) {
  HandJoints joints;
  skinned.pose(hand.pose, hand.mesh.vertices, joints);
  hand.mesh.faces = faces;
  const RigidTransform from_wrist = {Matrix3::Identity(), hand.pose.wrist};
  for (auto& vertex : hand.mesh.vertices) vertex = moved(from_wrist, vertex);
  for (Vector3& joint : joints) joint += hand.pose.wrist;
  return joints;
}

AnnotatedHand annotated_hand(const ImageRecord& record, Side side, const ManoModel& model, const SkinnedHand& skinned) {
  AnnotatedHand hand;
  hand.present = hands_of_type(record.hand_type)[side];
  if (!hand.present) return hand;
  hand.joints = record.joints_in_camera[static_cast<size_t>(side)];
  hand.joint_valid = record.joint_valid[static_cast<size_t>(side)];
  if (!record.mano[side]) return hand;

  const ManoAnnotation& mano = *record.mano[side];
  hand.has_mano = true;
  hand.pose.rotations = rotations_from_axis_angles(with_hands_mean(mano.pose.data(), model).data());
  hand.pose.shape = mano.shape;
  hand.pose.wrist = skinned.rest().wrist(mano.shape) + mano.translation;
  hand.pose = record.camera_from_world * hand.pose;
  pose_mesh(hand, skinned, skinned.closed_faces());
  return hand;
}

void transform(AnnotatedHand& hand, const RigidTransform& b_from_a) {
  hand.pose = b_from_a * hand.pose;
  for (Vector3& joint : hand.joints) joint = b_from_a * joint;
  for (auto& vertex : hand.mesh.vertices) vertex = moved(b_from_a, vertex);
}

void mirror(PerHand<AnnotatedHand>& hands) {
  std::swap(hands.right, hands.left);
  for (const Side side : kSides) {
    AnnotatedHand& hand = hands[side];
    hand.pose = mirrored(hand.pose);
    for (Vector3& joint : hand.joints) joint = mirrored(joint);
    for (auto& vertex : hand.mesh.vertices) vertex[0] = -vertex[0];
    for (auto& face : hand.mesh.faces) std::swap(face[1], face[2]);
  }
}

}  // namespace interprior
