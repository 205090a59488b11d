#include "interprior/data/posed_hand.h"

#include <torch/types.h>

#include <utility>

namespace interprior {
std::array<Vector3, kJoints> pose_mesh(PosedHand& hand, const SkinnedHand& skinned, const SkinnedHand::Faces& faces) {
  std::array<Vector3, kJoints> joints;
  skinned.pose(hand, hand.mesh.vertices, joints);
  hand.mesh.faces = faces;
  for (auto& vertex : hand.mesh.vertices)
    for (size_t k = 0; k < 3; ++k) vertex[k] = static_cast<float>(vertex[k] + hand.wrist[k]);
  for (Vector3& joint : joints)
    for (size_t k = 0; k < 3; ++k) joint[k] += hand.wrist[k];
  return joints;
}

PosedHand posed_hand(const ImageRecord& record, Side side, const ManoModel& model, const SkinnedHand& skinned) {
  PosedHand hand;
  hand.present = hands_of_type(record.hand_type)[side];
  if (!hand.present) return hand;
  hand.joints = record.joints_in_camera[static_cast<size_t>(side)];
  hand.joint_valid = record.joint_valid[static_cast<size_t>(side)];
  if (!record.mano[side]) return hand;

  const ManoAnnotation& mano = *record.mano[side];
  const Matrix3& turned = record.camera_from_world;
  hand.has_mano = true;
  hand.shape = mano.shape;
  const double* mean = model.hands_mean.const_data_ptr<double>();
  for (size_t joint = 0; joint < 16; ++joint) {
    Vector3 angles;
    for (size_t k = 0; k < 3; ++k) angles[k] = mano.pose[3 * joint + k] + (joint > 0 ? mean[3 * (joint - 1) + k] : 0);
    hand.rotations[joint] = plain_rotation(angles);
  }
  hand.rotations[0] = multiply(turned, hand.rotations[0]);
  Vector3 wrist = skinned.rest_wrist(mano.shape);
  for (size_t k = 0; k < 3; ++k) wrist[k] += mano.translation[k];
  hand.wrist = multiply(turned, wrist);
  for (size_t k = 0; k < 3; ++k) hand.wrist[k] += record.world_origin_in_camera[k];
  pose_mesh(hand, skinned, skinned.closed_faces());
  return hand;
}

void turn(PosedHand& hand, const Matrix3& rotation) {
  hand.rotations[0] = multiply(rotation, hand.rotations[0]);
  hand.wrist = multiply(rotation, hand.wrist);
  for (Vector3& joint : hand.joints) joint = multiply(rotation, joint);
  for (auto& vertex : hand.mesh.vertices) {
    const Vector3 moved = multiply(rotation, Vector3{vertex[0], vertex[1], vertex[2]});
    for (size_t k = 0; k < 3; ++k) vertex[k] = static_cast<float>(moved[k]);
  }
}

void shift(PosedHand& hand, const Vector3& offset) {
  for (size_t k = 0; k < 3; ++k) {
    hand.wrist[k] += offset[k];
    for (Vector3& joint : hand.joints) joint[k] += offset[k];
    for (auto& vertex : hand.mesh.vertices) vertex[k] += static_cast<float>(offset[k]);
  }
}

Vector3 mirrored(const Vector3& v) { return {-v[0], v[1], v[2]}; }

Matrix3 mirrored(const Matrix3& r) { return {r[0], -r[1], -r[2], -r[3], r[4], r[5], -r[6], r[7], r[8]}; }

void mirror(PerHand<PosedHand>& hands) {
  std::swap(hands.right, hands.left);
  for (const Side side : kSides) {
    PosedHand& hand = hands[side];
    for (Matrix3& rotation : hand.rotations) rotation = mirrored(rotation);
    for (Vector3& joint : hand.joints) joint = mirrored(joint);
    hand.wrist = mirrored(hand.wrist);
    for (auto& vertex : hand.mesh.vertices) vertex[0] = -vertex[0];
    for (auto& face : hand.mesh.faces) std::swap(face[1], face[2]);
  }
}

}  // namespace interprior
