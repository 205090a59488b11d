#include "interprior/infer/hand_smoothing.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>
#include <limits>
#include <vector>

#include "interprior/base/seed.h"
#include "support/tensor_near.h"
#include "tiny_sampler.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;
using Hands = PerHand<PosedHand>;

Vector3 random_vector(Random& random, double scale) {
  const double x = random.normal(), y = random.normal();
  return scale * Vector3(x, y, random.normal());
}

PosedHand random_hand(Random& random) {
  PosedHand hand;
  for (Matrix3& rotation : hand.rotations) rotation = rotation_from_axis_angle(random_vector(random, 0.6));
  for (double& number : hand.shape) number = random.normal();
  hand.wrist = random_vector(random, 0.1) + Vector3(0, 0, 0.6);
  return hand;
}

Hands random_hands(uint64_t seed) {
  Random random(Seed{seed});
  const PosedHand right = random_hand(random);
  return {right, random_hand(random)};
}

// The same hands with independent noise of all parameters.
Hands noisy(const Hands& hands, Random& random) {
  Hands out = hands;
  for (const Side side : kSides) {
    for (Matrix3& rotation : out[side].rotations) rotation = rotation_from_axis_angle(random_vector(random, 0.03)) * rotation;
    for (double& number : out[side].shape) number += 0.3 * random.normal();
    out[side].wrist += random_vector(random, 0.005);
  }
  return out;
}

std::vector<Hands> noisy_sequence(size_t frames, uint64_t seed) {
  Random random(Seed{seed});
  const Hands still = random_hands(seed);
  std::vector<Hands> list;
  while (list.size() < frames) list.push_back(noisy(still, random));
  return list;
}

void expect_near(const PosedHand& a, const PosedHand& b, double tolerance, const std::string& what = "") {
  for (size_t i = 0; i < a.rotations.size(); ++i)
    EXPECT_LT((a.rotations[i] - b.rotations[i]).cwiseAbs().maxCoeff(), tolerance) << what << " rotation " << i;
  for (size_t i = 0; i < a.shape.size(); ++i) EXPECT_NEAR(a.shape[i], b.shape[i], tolerance) << what << " shape " << i;
  EXPECT_LT((a.wrist - b.wrist).cwiseAbs().maxCoeff(), tolerance) << what << " wrist";
}

TEST(HandSmoothing, AStillHandIsUnchangedAtEveryRate) {
  const Hands hands = random_hands(1);
  for (const double rate : {1.0, 12.5, 24.0, 30.0, 60.0, 240.0}) {
    HandSmoothing smoothing(procedural_model());
    for (int i = 0; i < 100; ++i) {
      const Hands out = smoothing.add(i / rate, hands);
      for (const Side side : kSides) expect_near(out[side], hands[side], 1e-12, std::to_string(rate));
    }
  }
}

TEST(HandSmoothing, TheFirstFrameIsUnchanged) {
  const Hands hands = random_hands(2);
  HandSmoothing smoothing(procedural_model());
  const Hands out = smoothing.add(17.5, hands);
  for (const Side side : kSides) expect_near(out[side], hands[side], 1e-15);
}

TEST(HandSmoothing, NoiseIsReduced) {
  const Hands still = random_hands(3);
  HandSmoothing smoothing(procedural_model());
  Random random(Seed{4});
  double turns = 0, smooth_turns = 0, ways = 0, smooth_ways = 0, shapes = 0, smooth_shapes = 0;
  for (int i = 0; i < 600; ++i) {
    const Hands given = noisy(still, random), out = smoothing.add(i / 30.0, given);
    if (i < 100) continue;
    for (const Side side : kSides) {
      turns += (given[side].rotations[3] - still[side].rotations[3]).squaredNorm();
      smooth_turns += (out[side].rotations[3] - still[side].rotations[3]).squaredNorm();
      ways += (given[side].wrist - still[side].wrist).squaredNorm();
      smooth_ways += (out[side].wrist - still[side].wrist).squaredNorm();
      shapes += std::pow(given[side].shape[0] - still[side].shape[0], 2);
      smooth_shapes += std::pow(out[side].shape[0] - still[side].shape[0], 2);
    }
  }
  EXPECT_LT(std::sqrt(smooth_turns / turns), 0.55);
  EXPECT_LT(std::sqrt(smooth_ways / ways), 0.6);
  EXPECT_LT(std::sqrt(smooth_shapes / shapes), 0.25);
}

TEST(HandSmoothing, AWristFollowsAStepWithinThreeFrames) {
  Hands hands = random_hands(5);
  HandSmoothing smoothing(procedural_model());
  smoothing.add(0, hands);
  const Vector3 from = hands.right.wrist, step(0.06, 0, -0.08);
  hands.right.wrist += step;
  for (int i = 1; i < 3; ++i) smoothing.add(i / 30.0, hands);
  const Vector3 way = smoothing.add(3 / 30.0, hands).right.wrist - from;
  EXPECT_GT(way.norm(), 0.9 * step.norm());
  EXPECT_LT(way.norm(), step.norm());
}

TEST(HandSmoothing, CommutesWithRigidMotionsOfTheCamera) {
  const RigidTransform motion{rotation_from_axis_angle({0.4, -2, 1}), {0.3, -0.1, 0.2}};
  HandSmoothing here(procedural_model()), there(procedural_model());
  const std::vector<Hands> frames = noisy_sequence(60, 6);
  for (size_t i = 0; i < frames.size(); ++i) {
    const double time = static_cast<double>(i) / 30;
    const Hands a = here.add(time, frames[i]), b = there.add(time, {motion * frames[i].right, motion * frames[i].left});
    for (const Side side : kSides) expect_near(b[side], motion * a[side], 1e-9);
  }
}

// The share of the way to its sample that a wrist goes in a frame is the filter's weight.
TEST(HandSmoothing, BothWristsHaveTheWeightOfTheFasterOne) {
  Hands hands = random_hands(7);
  Random random(Seed{8});
  const PosedHand left = hands.left;
  HandSmoothing both(procedural_model()), alone(procedural_model());
  Hands last = both.add(0, hands);
  alone.add(0, hands);
  for (int i = 1; i < 40; ++i) {
    hands.right.wrist += Vector3(0.03, 0, 0);
    hands.left.wrist = left.wrist + random_vector(random, 0.004);
    const Hands out = both.add(i / 30.0, hands);
    const auto weight = [&](Side side) {
      return (out[side].wrist - last[side].wrist).norm() / (hands[side].wrist - last[side].wrist).norm();
    };
    EXPECT_NEAR(weight(Side::right), weight(Side::left), 1e-9) << i;
    const Hands of_left = alone.add(i / 30.0, hands, {false, true});
    EXPECT_GT((of_left.left.wrist - out.left.wrist).norm(), 1e-6) << "alone it has a lower cutoff";
    last = out;
  }
}

TEST(HandSmoothing, AnAbsentHandIsReturnedAsItIsAndChangesNothing) {
  HandSmoothing with(procedural_model()), without(procedural_model());
  const std::vector<Hands> frames = noisy_sequence(20, 9), other = noisy_sequence(20, 10);
  for (size_t i = 0; i < frames.size(); ++i) {
    const double time = static_cast<double>(i) / 30;
    const Hands a = with.add(time, frames[i], {true, false});
    const Hands b = without.add(time, {frames[i].right, other[i].left}, {true, false});
    expect_near(a.left, frames[i].left, 1e-15);
    expect_near(b.right, a.right, 1e-15);
  }
}

TEST(HandSmoothing, AHandStartsAnewAfterAGap) {
  const std::vector<Hands> frames = noisy_sequence(12, 11);
  for (const double gap : {0.2, 0.3}) {
    HandSmoothing smoothing(procedural_model());
    for (size_t i = 0; i < 10; ++i) smoothing.add(static_cast<double>(i) / 30, frames[i]);
    smoothing.add(10 / 30.0, frames[10], {true, false});
    const Hands out = smoothing.add(9 / 30.0 + gap, frames[11]);
    if (gap > SmoothingOptions().gap)
      expect_near(out.left, frames[11].left, 1e-15);
    else
      EXPECT_GT((out.left.wrist - frames[11].left.wrist).norm(), 1e-6);
  }
}

TEST(HandSmoothing, VideosDoNotInfluenceEachOther) {
  const std::vector<Hands> a = noisy_sequence(30, 12), b = noisy_sequence(30, 13);
  HandSmoothing first(procedural_model()), second(procedural_model()), alone(procedural_model());
  std::vector<Hands> mixed;
  for (size_t i = 0; i < a.size(); ++i) {
    mixed.push_back(first.add(static_cast<double>(i) / 30, a[i]));
    second.add(static_cast<double>(i) / 30, b[i]);
  }
  for (size_t i = 0; i < a.size(); ++i) {
    const Hands out = alone.add(static_cast<double>(i) / 30, a[i]);
    for (const Side side : kSides) expect_near(mixed[i][side], out[side], 1e-15);
  }
}

TEST(HandSmoothing, ParametersAreTheSameHandsInManosNumbers) {
  const PerHand<RestJoints> rest{RestJoints(procedural_model().hand.right), RestJoints(procedural_model().hand.left)};
  HandSmoothing of_hands(procedural_model()), of_parameters(procedural_model());
  const std::vector<Hands> frames = noisy_sequence(20, 14);
  for (size_t i = 0; i < frames.size(); ++i) {
    const double time = static_cast<double>(i) / 30;
    PerHand<ManoParameters> mano;
    for (const Side side : kSides) mano[side] = mano_parameters(frames[i][side], rest[side]);
    const Hands expected = of_hands.add(time, frames[i]);
    const PerHand<ManoParameters> out = of_parameters.add(time, mano);
    for (const Side side : kSides) {
      EXPECT_EQ(out[side].pose.scalar_type(), torch::kFloat32);
      expect_near(posed_hand(out[side], rest[side]), expected[side], 2e-6);
    }
  }
}

// The axis-angle vector jumps from one side to the other at 180 degrees, the rotation does not.
TEST(HandSmoothing, AWristThatTurnsThroughHalfATurnDoesNotJump) {
  const PerHand<RestJoints> rest{RestJoints(procedural_model().hand.right), RestJoints(procedural_model().hand.left)};
  HandSmoothing smoothing(procedural_model());
  Hands hands = random_hands(15);
  Matrix3 last;
  int jumps = 0;
  torch::Tensor last_vector;
  for (int i = 0; i < 60; ++i) {
    hands.right.rotations[0] = rotation_from_axis_angle({0, 2.6 + 0.02 * i, 0});
    const PerHand<ManoParameters> mano = {mano_parameters(hands.right, rest.right), mano_parameters(hands.left, rest.left)};
    const ManoParameters out = smoothing.add(i / 30.0, mano).right;
    const Matrix3 rotation = posed_hand(out, rest.right).rotations[0];
    if (i > 0) {
      EXPECT_LT(axis_angle_from_rotation(rotation * last.transpose()).norm(), 0.03) << i;
      jumps += (out.pose.slice(0, 0, 3) - last_vector).norm().item<double>() > 3;
    }
    last = rotation;
    last_vector = out.pose.slice(0, 0, 3).clone();
  }
  EXPECT_EQ(jumps, 1) << "the sequence goes through 180 degrees";
}

TEST(HandSmoothing, RefusedFramesLeaveNoTrace) {
  const std::vector<Hands> frames = noisy_sequence(6, 16);
  HandSmoothing smoothing(procedural_model()), clean(procedural_model());
  for (size_t i = 0; i < 5; ++i) {
    smoothing.add(static_cast<double>(i) / 30, frames[i]);
    clean.add(static_cast<double>(i) / 30, frames[i]);
  }
  Hands bad = frames[5];
  bad.left.wrist[1] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT([&] { smoothing.add(0.2, bad); }, ThrowsError(HasSubstr("left hand to be smoothed is not finite")));
  EXPECT_THAT([&] { smoothing.add(4 / 30.0, frames[5]); }, ThrowsError(HasSubstr("do not increase")));
  EXPECT_THAT([&] { smoothing.add(std::numeric_limits<double>::infinity(), frames[5]); },
              ThrowsError(HasSubstr("do not increase")));
  const Hands a = smoothing.add(5 / 30.0, frames[5]), b = clean.add(5 / 30.0, frames[5]);
  for (const Side side : kSides) expect_near(a[side], b[side], 1e-15);
  EXPECT_NO_THROW(smoothing.add(0.25, bad, {true, false})) << "an absent hand may be anything";
}

TEST(HandSmoothing, RefusesOtherShapesAndOptions) {
  HandSmoothing smoothing(procedural_model());
  const ManoParameters good{torch::zeros(48), torch::zeros(10), torch::zeros(3)},
      bad{torch::zeros(45), torch::zeros(10), torch::zeros(3)};
  EXPECT_THAT([&] { smoothing.add(0, PerHand<ManoParameters>{good, bad}); }, ThrowsError(HasSubstr("pose")));
  SmoothingOptions options;
  options.gap = -1;
  EXPECT_THAT([&] { HandSmoothing(procedural_model(), options); }, ThrowsError(HasSubstr("gap")));
  options = {};
  options.wrist.min_cutoff = 0;
  EXPECT_THAT([&] { HandSmoothing(procedural_model(), options); }, ThrowsError(HasSubstr("the filter of wrists")));
}

}  // namespace
}  // namespace interprior
