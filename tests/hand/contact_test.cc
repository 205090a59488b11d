#include "interprior/hand/contact.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "interprior/hand/skeleton.h"
#include "random_hand.h"
#include "support/numerical_gradient.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

// Random joints with bones of a few centimetres, so that every relative position of two bones occurs.
PerHand<torch::Tensor> tangle(uint64_t seed, int64_t batch, double scale = 0.05) {
  RandomHand random(seed);
  return {random.normal({batch, 21, 3}, scale), random.normal({batch, 21, 3}, scale)};
}

// A bone from `start` to `end` at index 0; every other bone is a point far away.
torch::Tensor one_bone(std::vector<double> start, std::vector<double> end, double elsewhere) {
  torch::Tensor joints = torch::full({1, 21, 3}, elsewhere, torch::kFloat64);
  joints[0][0] = torch::tensor(start, torch::kFloat64);
  joints[0][1] = torch::tensor(end, torch::kFloat64);
  return joints;
}

double radius(int64_t bone) { return bone_radii(torch::kCPU, torch::kFloat64)[bone].item<double>(); }

TEST(Contact, DistancesAgreeWithDenseSampling) {
  const PerHand<torch::Tensor> joints = tangle(1, 2);
  const torch::Tensor radii = bone_radii(torch::kCPU, torch::kFloat64);
  const auto samples = [&](const torch::Tensor& hand) {
    std::vector<torch::Tensor> bones;
    for (int64_t bone = 0; bone < kBones; ++bone) {
      const torch::Tensor start = hand.select(1, kParents[bone + 1]), whole = hand.select(1, bone + 1) - start;
      const bool tip = std::find(kTips.begin(), kTips.end(), bone + 1) != kTips.end();
      const torch::Tensor length = whole.norm(2, {1}, true);
      const torch::Tensor axis = tip ? whole * (1 - radii[bone] / length).clamp_min(0) : whole;
      const torch::Tensor along = torch::linspace(0, 1, 201, torch::kFloat64).view({1, 201, 1});
      bones.push_back(start.unsqueeze(1) + along * axis.unsqueeze(1));
    }
    return torch::stack(bones, 1);  // (B,20,201,3)
  };
  const torch::Tensor right = samples(joints.right), left = samples(joints.left);
  const torch::Tensor actual = capsule_distances(joints);
  for (int64_t row = 0; row < 2; ++row) {
    for (int64_t a = 0; a < kBones; ++a) {
      for (int64_t b = 0; b < kBones; ++b) {
        const double sampled = torch::cdist(right[row][a], left[row][b]).min().item<double>();
        const double exact = actual[row][a][b].item<double>() + radius(a) + radius(b);
        EXPECT_LE(exact, sampled + 1e-6) << a << " " << b;
        EXPECT_GE(exact, sampled - 6e-4) << a << " " << b;  // samples are about 0.5 mm apart
      }
    }
  }
}

TEST(Contact, GradientOfDistances) {
  RandomHand random(2);
  const PerHand<torch::Tensor> joints = tangle(3, 1);
  const torch::Tensor weight = random.normal({1, 20, 20});
  const auto of_right = [&](const torch::Tensor& x) { return (capsule_distances({x, joints.left}) * weight).sum(); };
  const auto of_left = [&](const torch::Tensor& x) { return (capsule_distances({joints.right, x}) * weight).sum(); };
  EXPECT_THAT(autograd_gradient(of_right, joints.right), TensorNear(numerical_gradient(of_right, joints.right), 1e-4));
  EXPECT_THAT(autograd_gradient(of_left, joints.left), TensorNear(numerical_gradient(of_left, joints.left), 1e-4));
}

TEST(Contact, GradientOfTheLoss) {
  const PerHand<torch::Tensor> joints = tangle(4, 2, 0.04);
  const auto loss = [&](const torch::Tensor& x) { return capsule_overlap({x, joints.left}); };
  ASSERT_GT(loss(joints.right).item<double>(), 0);
  EXPECT_THAT(autograd_gradient(loss, joints.right), TensorNear(numerical_gradient(loss, joints.right), 1e-6));
}

TEST(Contact, KnownPositionsOfTwoBones) {
  const double r = 2 * radius(0);
  const auto distance = [&](const torch::Tensor& right, const torch::Tensor& left) {
    return capsule_distances({right, left})[0][0][0].item<double>() + r;
  };
  const torch::Tensor bone = one_bone({0, 0, 0}, {0.1, 0, 0}, 9);
  EXPECT_NEAR(distance(bone, one_bone({0.05, -0.02, 0.03}, {0.05, 0.04, 0.03}, -9)), 0.03, 1e-9);  // crosswise
  EXPECT_NEAR(distance(bone, one_bone({0.02, 0.04, 0}, {0.3, 0.04, 0}, -9)), 0.04, 1e-9);          // parallel, side by side
  EXPECT_NEAR(distance(bone, one_bone({0.13, 0.04, 0}, {0.3, 0.04, 0}, -9)), 0.05, 1e-9);          // parallel, no overlap
  EXPECT_NEAR(distance(bone, one_bone({0.3, 0.04, 0}, {0.13, 0.04, 0}, -9)), 0.05, 1e-9);          // antiparallel
  EXPECT_NEAR(distance(bone, one_bone({0.12, 0, 0}, {0.2, 0, 0}, -9)), 0.02, 1e-9);                // collinear
  EXPECT_NEAR(distance(bone, one_bone({0.05, 0.02, 0}, {0.05, 0.02, 0}, -9)), 0.02, 1e-9);         // a point
}

TEST(Contact, GradientsAreFiniteWhereBonesCrossOverlapOrVanish) {
  const torch::Tensor bone = one_bone({0, 0, 0}, {0.1, 0, 0}, 9);
  const torch::Tensor hand = tangle(5, 1).right;
  for (const PerHand<torch::Tensor>& joints :
       {PerHand<torch::Tensor>{bone, one_bone({0.05, -0.05, 0}, {0.05, 0.05, 0}, -9)}, PerHand<torch::Tensor>{bone, bone},
        PerHand<torch::Tensor>{bone, one_bone({0.1, 0, 0}, {0.2, 0, 0}, -9)}, PerHand<torch::Tensor>{hand, hand},
        PerHand<torch::Tensor>{torch::zeros_like(hand), torch::zeros_like(hand)}}) {
    for (const torch::Dtype dtype : {torch::kFloat32, torch::kFloat64}) {
      const torch::Tensor right = joints.right.to(dtype).clone().requires_grad_(true);
      const torch::Tensor left = joints.left.to(dtype).clone().requires_grad_(true);
      const torch::Tensor total = capsule_distances({right, left}).sum() + capsule_overlap({right, left});
      for (const torch::Tensor& gradient : torch::autograd::grad({total}, {right, left})) {
        EXPECT_TRUE(gradient.isfinite().all().item<bool>());
      }
    }
  }
}

TEST(Contact, SeparatedHandsHaveNoLoss) {
  const PerHand<torch::Tensor> joints = tangle(6, 3, 0.02);
  const PerHand<torch::Tensor> apart = {joints.right, joints.left + 1.0};
  EXPECT_EQ(capsule_overlap(apart).item<double>(), 0);
  EXPECT_GT(capsule_distances(apart).min().item<double>(), 0.5);
}

TEST(Contact, LossIsTheMeanOverTheBatchOfSquaredDepths) {
  const torch::Tensor right = one_bone({0, 0, 0}, {0.1, 0, 0}, 9), left = one_bone({0, 0.02, 0}, {0.1, 0.02, 0}, -9);
  const double depth = 2 * radius(0) - 0.02;
  EXPECT_NEAR(capsule_distances({right, left})[0][0][0].item<double>(), -depth, 1e-9);
  const torch::Tensor all = capsule_distances({right, left}).clamp_max(0).square().sum();
  const torch::Tensor aside = torch::tensor({5.0, -5.0, 0.0}, torch::kFloat64);  // away from the bones of both hands
  const double two = capsule_overlap({torch::cat({right, right}), torch::cat({left, left + aside})}).item<double>();
  EXPECT_NEAR(two, all.item<double>() / 2, 1e-12);
}

TEST(Contact, SwappingTheHandsTransposes) {
  const PerHand<torch::Tensor> joints = tangle(7, 2);
  EXPECT_THAT(capsule_distances({joints.left, joints.right}).transpose(1, 2), TensorNear(capsule_distances(joints), 1e-9));
}

TEST(Contact, RigidMotionChangesNothing) {
  RandomHand random(8);
  const PerHand<torch::Tensor> joints = tangle(9, 2);
  const torch::Tensor turn = random.rotations(2, 1).squeeze(1), shift = random.normal({2, 1, 3});
  const auto moved = [&](const torch::Tensor& points) { return points.matmul(turn) + shift; };
  EXPECT_THAT(capsule_distances({moved(joints.right), moved(joints.left)}), TensorNear(capsule_distances(joints), 1e-9));
}

TEST(Contact, DescentPullsHandsApart) {
  PerHand<torch::Tensor> joints = tangle(10, 1, 0.03);
  const torch::Tensor shift = torch::zeros({1, 1, 3}, torch::kFloat64).requires_grad_(true);
  const torch::Tensor before = capsule_overlap({joints.right, joints.left + shift});
  const torch::Tensor slope = torch::autograd::grad({before}, {shift})[0];
  const torch::Tensor after = capsule_overlap({joints.right, joints.left - 1e-3 * slope / slope.norm()});
  EXPECT_LT(after.item<double>(), before.item<double>());
}

TEST(Contact, RefusesOtherShapes) {
  const PerHand<torch::Tensor> joints = tangle(11, 2);
  EXPECT_THAT([&] { capsule_distances({joints.right, joints.left.slice(0, 1)}); }, ThrowsError(HasSubstr("left joints")));
  EXPECT_THAT([&] { capsule_overlap({joints.right.slice(1, 1), joints.left}); }, ThrowsError(HasSubstr("right joints")));
}

}  // namespace
}  // namespace interprior
