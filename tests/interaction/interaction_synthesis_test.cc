#include "interprior/interaction/interaction_synthesis.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <set>

#include "interprior/geometry/rotation.h"
#include "interprior/hand/contact.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

class InteractionSynthesisTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    hand_ = new HandModel(procedural_hand());
    patterns_ = new Patterns(synthesize_patterns(*hand_, {1500, 11, 180, 0}));
  }
  static void TearDownTestSuite() {
    delete hand_;
    delete patterns_;
  }
  static PatternBatch batch(const Patterns& patterns) { return {patterns.pose, patterns.shape, patterns.translation}; }

  static HandModel* hand_;
  static Patterns* patterns_;
};

HandModel* InteractionSynthesisTest::hand_ = nullptr;
Patterns* InteractionSynthesisTest::patterns_ = nullptr;

bool same(const Patterns& a, const Patterns& b) {
  return torch::equal(a.pose, b.pose) && torch::equal(a.shape, b.shape) && torch::equal(a.translation, b.translation) &&
         torch::equal(a.modality, b.modality) && torch::equal(a.split, b.split) && torch::equal(a.seed, b.seed);
}

TEST_F(InteractionSynthesisTest, IsAPureFunctionOfSeedAndIndex) {
  const Patterns one = synthesize_patterns(*hand_, {200, 11, 180, 1}), four = synthesize_patterns(*hand_, {200, 11, 180, 4});
  EXPECT_TRUE(same(one, four));
  EXPECT_TRUE(torch::equal(one.pose, patterns_->pose.slice(0, 0, 200)));  // independent of the count
  EXPECT_FALSE(torch::equal(one.pose, synthesize_patterns(*hand_, {200, 12, 180, 0}).pose));
}

TEST_F(InteractionSynthesisTest, PenetrationIsLimitedAndContactOccurs) {
  const TwoHands hands(*hand_);
  const PerHand<HandMesh> meshes = hands(pose_from(batch(*patterns_), hands));
  const torch::Tensor distance = capsule_distances({meshes.right.joints_in_root, meshes.left.joints_in_root}).flatten(1).amin(1);
  EXPECT_GT(distance.min().item<float>(), -0.005f);
  const torch::Tensor touching = patterns_->modality.ne(static_cast<int64_t>(InteractionKind::reach));
  EXPECT_LT(distance.masked_select(touching).max().item<float>(), 0.005f);
  EXPECT_LT(distance.max().item<float>(), 0.10f);
}

TEST_F(InteractionSynthesisTest, StatisticsAreNearInterHands) {
  const TwoHands hands(*hand_);
  const PerHand<HandPose> pose = pose_from(batch(*patterns_), hands);
  const PerHand<HandMesh> meshes = hands(pose);
  const torch::Tensor offset = (meshes.right.joints_in_root - meshes.left.joints_in_root).select(1, 9);
  const torch::Tensor local = torch::matmul(pose.left.rotations.select(1, 0).transpose(1, 2), offset.unsqueeze(2)).squeeze(2);
  EXPECT_THAT(local.mean(0), TensorNear(torch::tensor({0.005f, -0.082f, -0.004f}), 0.012));
  EXPECT_THAT(local.std(0), TensorNear(torch::tensor({0.040f, 0.075f, 0.066f}), 0.012));
  EXPECT_NEAR(patterns_->shape.select(1, 0).select(1, 0).std().item<float>(), 1.07, 0.1);
  const torch::Tensor others = patterns_->shape.select(1, 0).slice(1, 1).std(0);
  EXPECT_GT(others.min().item<float>(), 0.07f);
  EXPECT_LT(others.max().item<float>(), 0.21f);
  EXPECT_LT((patterns_->shape.select(1, 0) - patterns_->shape.select(1, 1)).std().item<float>(), 0.05);  // one person's hands
  EXPECT_EQ(patterns_->modality.bincount({}, 4).gt(100).sum().item<int64_t>(), 4);
}

// Deviation of a hand's knuckle bends from their mean, rad.
torch::Tensor finger_independence(const Patterns& patterns) {
  const torch::Tensor knuckles =
      patterns.pose.slice(2, 3).unflatten(2, {15, 3}).norm(2, {3}).index_select(2, torch::tensor({0, 3, 6, 9}));
  return knuckles.std(2).mean();
}

TEST_F(InteractionSynthesisTest, HandVarietyIncreasesFingerAndBoneVariation) {
  const Patterns varied = synthesize_patterns(*hand_, {1500, 11, 180, 0, 1}),
                 plain = synthesize_patterns(*hand_, {200, 11, 180, 0, 0});
  EXPECT_TRUE(torch::equal(plain.pose, patterns_->pose.slice(0, 0, 200))) << "without it, patterns are what they were";
  EXPECT_GT(finger_independence(varied).item<float>(), 1.3f * finger_independence(*patterns_).item<float>());
  const torch::Tensor deviation = varied.shape.select(1, 0).std(0), apart = varied.shape.select(1, 0) - varied.shape.select(1, 1);
  EXPECT_THAT(deviation, TensorNear(torch::ones({10}), 0.15));
  EXPECT_NEAR(apart.std().item<float>(), 0.2, 0.02);
  const TwoHands hands(*hand_);
  const PerHand<HandMesh> meshes = hands(pose_from(batch(varied), hands));
  const torch::Tensor distance = capsule_distances({meshes.right.joints_in_root, meshes.left.joints_in_root}).flatten(1).amin(1);
  EXPECT_GT(distance.min().item<float>(), -0.005f) << "hands of any variety do not overlap";
  EXPECT_THAT([&] { synthesize_patterns(*hand_, {10, 0, 180, 0, 1.5}); }, ThrowsError(HasSubstr("variety of hands")));
}

TEST_F(InteractionSynthesisTest, SplitsAreEightyTenTen) {
  const torch::Tensor counts = patterns_->split.bincount({}, 3);
  EXPECT_NEAR(counts[0].item<double>(), 1200, 60);
  EXPECT_NEAR(counts[1].item<double>(), 150, 45);
  EXPECT_NEAR(counts[2].item<double>(), 150, 45);
  const torch::Tensor seeds = std::get<0>(torch::sort(patterns_->seed));
  EXPECT_TRUE(seeds.slice(0, 1).ne(seeds.slice(0, 0, -1)).all().item<bool>());  // no pattern twice
}

TEST_F(InteractionSynthesisTest, TheRightWristIsAtTheOrigin) {
  const TwoHands hands(*hand_);
  const torch::Tensor wrist = hands.layer.right.rest_wrist(patterns_->shape.select(1, 0)) + patterns_->translation.select(1, 0);
  EXPECT_THAT(wrist, TensorNear(torch::zeros({1500, 3}), 1e-6));
}

TEST_F(InteractionSynthesisTest, ViewsAreLimitedOrUniform) {
  const auto wrists = [](const Patterns& patterns) { return matrix_from_axis_angle(patterns.pose.select(1, 0).slice(1, 0, 3)); };
  const torch::Tensor canonical = wrists(synthesize_patterns(*hand_, {1, 5, 0, 1}));
  EXPECT_THAT(wrists(synthesize_patterns(*hand_, {20, 6, 0, 1})), TensorNear(canonical.expand({20, 3, 3}), 1e-6));
  const torch::Tensor angles =
      geodesic_angle(wrists(synthesize_patterns(*hand_, {400, 5, 17, 0})), canonical) * (180 / std::acos(-1.0));
  EXPECT_LT(angles.max().item<float>(), 17.05f);
  EXPECT_GT(angles.max().item<float>(), 16.0f);
  // Uniform on SO(3): the mean matrix vanishes, the mean angle is 90 + 180 * 2 / pi^2 degrees.
  const torch::Tensor all = wrists(*patterns_);
  EXPECT_THAT(all.mean(0), TensorNear(torch::zeros({3, 3}), 0.06));
  EXPECT_NEAR(geodesic_angle(all, canonical).mean().item<double>() * 180 / std::acos(-1.0), 126.5, 3);
  // The relative placement of the hands does not depend on the view.
  const TwoHands hands(*hand_);
  const Interaction near = interaction_from(batch(synthesize_patterns(*hand_, {50, 11, 10, 1})), hands);
  const Interaction far = interaction_from(
      PatternBatch{patterns_->pose.slice(0, 0, 50), patterns_->shape.slice(0, 0, 50), patterns_->translation.slice(0, 0, 50)},
      hands);
  EXPECT_THAT(near.left_from_right, TensorNear(far.left_from_right, 1e-5));
  EXPECT_THAT(near.left_in_right, TensorNear(far.left_in_right, 1e-5));
}

// Fingers bend into the palm (-y in MANO's axes); backwards no further than 20 degrees, the knuckle's range.
TEST_F(InteractionSynthesisTest, FingersBendToThePalm) {
  const TwoHands hands(*hand_);
  PerHand<HandPose> pose = pose_from(batch(*patterns_), hands);
  for (const Side side : kSides) {
    pose[side].rotations = pose[side].rotations.clone();
    pose[side].rotations.select(1, 0).copy_(torch::eye(3).expand({1500, 3, 3}));
    const torch::Tensor joints = hands.layer[side](pose[side]).joints_in_root;
    for (const int64_t knuckle : {5, 9, 13, 17}) {
      const torch::Tensor finger = joints.select(1, knuckle + 3) - joints.select(1, knuckle), height = finger.select(1, 1);
      EXPECT_LT(height.mean().item<float>(), -0.02f);
      EXPECT_LT((height / finger.norm(2, 1)).max().item<double>(), std::sin(22 * std::acos(-1.0) / 180));
    }
  }
}

TEST_F(InteractionSynthesisTest, RefusesInvalidConfigs) {
  EXPECT_THAT([&] { synthesize_patterns(*hand_, {0, 1, 180, 1}); }, ThrowsError(HasSubstr("above 0")));
  EXPECT_THAT([&] { synthesize_patterns(*hand_, {5, 1, 200, 1}); }, ThrowsError(HasSubstr("between 0 and 180")));
}

}  // namespace
}  // namespace interprior
