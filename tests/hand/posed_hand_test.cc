#include "interprior/hand/posed_hand.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "interprior/hand/mano_layer.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/hand/skinned_hand.h"
#include "random_hand.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

PosedHand random_hand(uint64_t seed) {
  RandomHand random(seed);
  const torch::Tensor pose = random.normal({48}, 0.4).to(torch::kFloat64).contiguous();
  PosedHand hand;
  hand.rotations = rotations_from_axis_angles(pose.const_data_ptr<double>());
  hand.shape = {0.5, -1, 0.2, 0.1, 0, 0.3, -0.2, 0.1, 0.4, -0.6};
  hand.wrist = {0.1, -0.05, 0.7};
  return hand;
}

struct Surface {
  SkinnedHand::Vertices vertices;
  HandJoints joints;
};

Surface surface_of(const PosedHand& hand, const ManoModel& model) {
  Surface surface;
  SkinnedHand(model).pose(hand, surface.vertices, surface.joints);
  for (auto& vertex : surface.vertices)
    for (int k = 0; k < 3; ++k) vertex[static_cast<size_t>(k)] += static_cast<float>(hand.wrist[k]);
  for (Vector3& joint : surface.joints) joint += hand.wrist;
  return surface;
}

TEST(PosedHand, IsFlatAtTheOriginByDefault) {
  const PosedHand flat;
  for (const Matrix3& rotation : flat.rotations) EXPECT_TRUE(rotation == Matrix3::Identity());
  EXPECT_TRUE(flat.wrist.isZero(0));
}

TEST(PosedHand, AMovedHandHasTheMovedSurface) {
  const ManoModel model = procedural_hand().hand.right;
  const PosedHand hand = random_hand(1);
  const RigidTransform b_from_a = {rotation_from_axis_angle({0.3, -1.2, 0.8}), {0.2, 0.1, -0.4}};
  const Surface before = surface_of(hand, model), after = surface_of(b_from_a * hand, model);
  for (size_t i = 0; i < before.joints.size(); ++i) EXPECT_TRUE(after.joints[i].isApprox(b_from_a * before.joints[i], 1e-6)) << i;
  for (size_t i = 0; i < before.vertices.size(); ++i) {
    const auto &from = before.vertices[i], &to = after.vertices[i];
    EXPECT_LT((b_from_a * Vector3(from[0], from[1], from[2]) - Vector3(to[0], to[1], to[2])).norm(), 1e-6) << i;
  }
}

TEST(PosedHand, AMirroredHandIsTheOtherHandsSurfaceMirrored) {
  const HandModel model = procedural_hand();
  const PosedHand hand = random_hand(2);
  const Surface right = surface_of(hand, model.hand.right), left = surface_of(mirrored(hand), model.hand.left);
  for (size_t i = 0; i < right.joints.size(); ++i) EXPECT_LT((mirrored(right.joints[i]) - left.joints[i]).norm(), 1e-6) << i;
}

TEST(PosedHand, TheMeanPoseIsAddedToTheFingersOnly) {
  ManoModel model = procedural_hand().hand.right;
  model.hands_mean = torch::arange(45, torch::kFloat64) / 100;
  std::array<double, 48> pose;
  pose.fill(1);
  const std::array<double, 48> once = with_hands_mean(pose.data(), model), less = with_hands_mean(pose.data(), model, -1);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(once[i], 1);
  for (size_t i = 3; i < 48; ++i) EXPECT_NEAR(once[i] + less[i], 2, 1e-15) << i;
  EXPECT_EQ(once[47], 1.44);
}

TEST(PosedHand, RestJointsAreTheLayers) {
  const ManoModel model = RandomHand(3).model(40);
  const ManoLayer layer(model, Side::right, torch::kCPU, torch::kFloat64);
  const PosedHand hand = random_hand(4);
  const torch::Tensor shape = torch::tensor(std::vector<double>(hand.shape.begin(), hand.shape.end()), torch::kFloat64);
  const RestJoints rest(model);
  const Vector3 wrist = rest.wrist(hand.shape);
  EXPECT_THAT(torch::tensor({wrist[0], wrist[1], wrist[2]}, torch::kFloat64),
              TensorNear(layer.rest_wrist(shape.unsqueeze(0))[0], 1e-12));
  const HandJoints joints = rest.with_tips(hand.shape);
  const ManoJoints mano = rest.joints(hand.shape);
  for (size_t i = 0; i < joints.size(); ++i)
    if (kFromMano[i] < kManoJoints) EXPECT_TRUE(joints[i] == mano[static_cast<size_t>(kFromMano[i])]) << i;
}

}  // namespace
}  // namespace interprior
