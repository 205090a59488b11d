#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <set>

#include "interaction/candidate.h"
#include "interaction/pair_resolving.h"
#include "interprior/geometry/rotation.h"
#include "interprior/hand/contact.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/interaction/interaction_synthesis.h"
#include "support/tensor_near.h"

// The parts of rebuilding a pair: joint limits, hand pool, placements, candidates, resolving of penetration.
namespace interprior {
namespace {

const HandModel& model() {
  static const HandModel hand = procedural_hand();
  return hand;
}

const TwoHands& hands() {
  static const TwoHands both(model());
  return both;
}

const PerHand<HandChain>& chains() {
  static const PerHand<HandChain> both = {HandChain(model().hand.right, Side::right), HandChain(model().hand.left, Side::left)};
  return both;
}

const Patterns& interactions() {
  static const Patterns patterns = synthesize_patterns(model(), {300, 21, 180, 0});
  return patterns;
}

// The sources of candidates, made from these interactions.
struct Sources {
  HandPool pool;
  Placements placements;
  PerHand<JointLimits> limits;
  CandidateSources all{pool, placements, chains(), limits};

  explicit Sources(const Patterns& patterns)
      : pool(single_hands(patterns), patterns.size()),
        placements(patterns, chains(), hands()),
        limits(joint_limits(pool.poses())) {}
};

HandMesh mesh_of(Side side, const torch::Tensor& fingers, const torch::Tensor& shape) {
  const torch::Tensor rotations = matrix_from_axis_angle(torch::cat({torch::zeros({1, 3}), fingers.view({15, 3})})).unsqueeze(0);
  return hands().layer[side]({rotations, shape.view({1, 10}), torch::zeros({1, 3})});
}

TEST(JointLimits, HoldNearlyAllOfTheSourcesHandsAndMirror) {
  const Poses poses = single_hands(interactions());
  const PerHand<JointLimits> limits = joint_limits(poses);
  const torch::Tensor left = poses.side.eq(1).view({-1, 1, 1}), angles = poses.pose.slice(1, 3).unflatten(1, {15, 3});
  const torch::Tensor hands = torch::where(left, mirrored_angles(angles), angles).flatten(1);
  const auto share = [](const torch::Tensor& which) { return which.to(torch::kFloat32).mean(0).max().item<float>(); };
  const double margin = 10 * M_PI / 180;
  EXPECT_LE(share(hands < limits.right.low), 0.005f);
  EXPECT_LE(share(hands > limits.right.high), 0.005f);
  EXPECT_GT(share(hands < limits.right.low + margin + 0.01), 0.004f) << "a margin of 10 degrees, no more";
  EXPECT_LE(share(hands < limits.right.low + margin - 1e-5), 0.0055f);
  EXPECT_GT((hands < limits.right.high).logical_and(hands > limits.right.low).all(1).to(torch::kFloat32).mean().item<float>(),
            0.97f);
  EXPECT_THAT(limits.left.low.view({15, 3}).select(1, 0), TensorNear(limits.right.low.view({15, 3}).select(1, 0), 1e-6));
  EXPECT_THAT(limits.left.low.view({15, 3}).slice(1, 1), TensorNear(-limits.right.high.view({15, 3}).slice(1, 1), 1e-6));
}

// A hand used for the other side is the mirror image of its mesh.
TEST(HandPool, MirroredHandsAreMirrorImages) {
  const HandPool pool(single_hands(interactions()), interactions().size());
  for (const int64_t row : {3, 307, 599}) {
    const Side own = pool.poses().side[row].item<int64_t>() == 0 ? Side::right : Side::left;
    const HandMesh as_it_is = mesh_of(own, pool.fingers(row, own), pool.poses().shape[row]);
    const HandMesh as_other = mesh_of(other(own), pool.fingers(row, other(own)), pool.poses().shape[row]);
    EXPECT_THAT(as_other.vertices_in_root, TensorNear(mirror_vector(as_it_is.vertices_in_root), 1e-6));
    EXPECT_FALSE(torch::allclose(as_other.vertices_in_root, as_it_is.vertices_in_root, 0, 1e-3));
  }
}

TEST(HandPool, SamplesEveryEntryOfASplitAndNoOther) {
  Patterns few = first(interactions(), 6);
  few.split = torch::tensor({0, 0, 0, 1, 2, 2});
  const HandPool pool(single_hands(few), 6);
  EXPECT_TRUE(pool.can_pair(0) && pool.can_pair(2));
  EXPECT_FALSE(pool.can_pair(1)) << "both hands of one interaction";
  Random random(Seed{4});
  std::set<int64_t> sampled;
  for (int i = 0; i < 200; ++i) {
    const int64_t row = pool.sample(0, random), partner = pool.sample_other(0, row, random);
    sampled.insert({row, partner});
    EXPECT_NE(pool.entry(row), pool.entry(partner));
  }
  EXPECT_EQ(sampled, (std::set<int64_t>{0, 1, 2, 6, 7, 8}));
}

// Sources are sampled in proportion to the square root of their sizes.
TEST(HandPool, ASmallSourceIsSampledByTheRootOfItsSize) {
  Poses large = single_hands(interactions()), small = rows(large, torch::arange(6));
  small.sources = {"small"};
  const HandPool pool(merged({large, small}), interactions().size());
  Random random(Seed{5});
  int of_small = 0;
  for (int i = 0; i < 4000; ++i) of_small += pool.sample(0, random) >= 600;
  const double many = std::sqrt(static_cast<double>((large.split == 0).sum().item<int64_t>())),
               few = std::sqrt(static_cast<double>((small.split == 0).sum().item<int64_t>()));
  EXPECT_NEAR(of_small / 4000.0, few / (few + many), 0.02);
}

TEST(HandPool, WrapsAnglesBeyondHalfATurn) {
  Poses poses = rows(single_hands(interactions()), torch::arange(4));
  const torch::Tensor before = poses.pose.clone();
  const torch::Tensor joint = poses.pose[2].slice(0, 12, 15);
  poses.pose[2].slice(0, 12, 15) = joint * (1 + 2 * M_PI / joint.norm());
  const HandPool pool(poses, 0);
  EXPECT_THAT(pool.poses().pose, TensorNear(before, 1e-5));
}

TEST(Placements, AreThoseOfTheInteractions) {
  const Sources sources(interactions());
  const PatternBatch batch = {interactions().pose, interactions().shape, interactions().translation};
  const PerHand<HandMesh> mesh = hands()(pose_from(batch, hands()));
  const Interaction interaction = interaction_from(batch, hands());
  const SurfaceContact contact = surface_contact(mesh, hands());
  for (const int64_t row : {0, 17, 299}) {
    const Placement placement = sources.placements.at(row);
    for (int64_t i = 0; i < 9; ++i)
      EXPECT_NEAR(placement.left_from_right(i / 3, i % 3), interaction.left_from_right[row][i / 3][i % 3].item<double>(), 1e-5);
    const torch::Tensor apart = (mesh.left.joints_in_root - mesh.right.joints_in_root)[row][9];
    EXPECT_NEAR(placement.knuckle_in_right.norm(), apart.norm().item<double>(), 1e-5);
  }
  for (int64_t row = 0; row < 40; ++row)
    EXPECT_EQ(sources.placements.touching(row), contact.distance[row].item<double>() < kContactDistance) << row;
}

TEST(Placements, MirrorAsTheInteractionDoes) {
  const PatternBatch batch = {interactions().pose, interactions().shape, interactions().translation};
  const PatternBatch seen = pattern_from(mirrored(pose_from(batch, hands())), hands());
  Patterns mirror = interactions();
  mirror.pose = seen.pose;
  mirror.shape = seen.shape;
  mirror.translation = seen.translation;
  const Sources sources(interactions()), others(mirror);
  for (const int64_t row : {1, 50, 200}) {
    const Placement a = mirrored(sources.placements.at(row)), b = others.placements.at(row);
    EXPECT_LT((a.left_from_right - b.left_from_right).norm(), 1e-4);
    EXPECT_LT((a.right_rotation - b.right_rotation).norm(), 1e-4);
    EXPECT_LT((a.knuckle_in_right - b.knuckle_in_right).norm(), 1e-5);
    const Placement back = mirrored(mirrored(b));
    EXPECT_LT((back.knuckle_in_right - b.knuckle_in_right).norm() + (back.left_from_right - b.left_from_right).norm(), 1e-9);
  }
}

TEST(Placements, AreSampledFromTheRequestedSplit) {
  const Sources sources(interactions());
  Random random(Seed{8});
  for (int64_t split = 0; split < 3; ++split)
    for (int i = 0; i < 60; ++i) EXPECT_EQ(sources.placements.split(sources.placements.sample(split, random)), split);
}

// How many of 120 first attempts are rejected for this reason.
int rejections(const CandidateSources& sources, Rejection reason) {
  int count = 0;
  for (uint64_t i = 0; i < 120; ++i) {
    const Attempt attempt = attempt_pair(sources, 0, Seed{i}, 0);
    count += !attempt.candidate && attempt.rejection == reason;
  }
  return count;
}

Patterns with_left_moved(const torch::Tensor& by) {
  Patterns patterns = interactions();
  patterns.translation = patterns.translation.clone();
  patterns.translation.select(1, 1) += by;
  return patterns;
}

TEST(Candidates, AreRejectedForEveryReason) {
  const Sources usual(interactions());
  int accepted = 0;
  for (uint64_t i = 0; i < 120; ++i) accepted += attempt_pair(usual.all, 0, Seed{i}, 0).candidate.has_value();
  EXPECT_GT(accepted, 96);

  const Sources far(with_left_moved(torch::tensor({0.6f, 0.6f, 0.6f})));
  EXPECT_GT(rejections(far.all, Rejection::too_far), 110);

  PerHand<JointLimits> stiff = usual.limits;
  stiff.left.high = stiff.left.low + 0.2;
  EXPECT_GT(rejections({usual.pool, usual.placements, chains(), stiff}, Rejection::joint_limits), 115);

  // Hands inside each other, with nearly equal wrists.
  const PerHand<HandPose> pose = pose_from({interactions().pose, interactions().shape, interactions().translation}, hands());
  PerHand<HandPose> closer = pose;
  closer.left.wrist_in_root = 0.1 * pose.left.wrist_in_root;
  Patterns tangled = interactions();
  tangled.translation = pattern_from(closer, hands()).translation;
  const Sources close(tangled);
  EXPECT_GT(rejections(close.all, Rejection::too_deep), 10);
  EXPECT_GT(rejections(close.all, Rejection::no_contact), 10);
  EXPECT_GT(rejections(close.all, Rejection::moved_away), 3);
}

TEST(Candidates, AreDeterminedBySeedAndAttempt) {
  const Sources sources(interactions());
  const auto same = [&](int64_t a, int64_t b) {
    const Attempt one = attempt_pair(sources.all, 0, Seed{77}, a), two = attempt_pair(sources.all, 0, Seed{77}, b);
    return one.candidate && two.candidate && torch::equal(one.candidate->fingers.right, two.candidate->fingers.right) &&
           one.candidate->sampled_knuckle == two.candidate->sampled_knuckle;
  };
  int64_t good = 0;
  while (!attempt_pair(sources.all, 0, Seed{77}, good).candidate) ++good;
  EXPECT_TRUE(same(good, good));
  EXPECT_FALSE(same(good, good + 1));
}

PairBatch pairs_in_each_other(const Sources& sources, int64_t count, double deeper) {
  PairBatch pairs;
  std::vector<torch::Tensor> right, left, shape, rotation, knuckle;
  for (uint64_t i = 0; static_cast<int64_t>(right.size()) < count; ++i) {
    const Attempt attempt = attempt_pair(sources.all, 0, Seed{i}, 0);
    if (!attempt.candidate || !attempt.candidate->touching) continue;
    const Candidate& one = *attempt.candidate;
    right.push_back(one.fingers.right);
    left.push_back(one.fingers.left);
    shape.push_back(torch::tensor(std::vector<float>(one.shape.begin(), one.shape.end())));
    const Vector3 closer = one.placement.knuckle_in_right * (1 - deeper / one.placement.knuckle_in_right.norm());
    std::vector<float> turn, place(closer.data(), closer.data() + 3);
    for (int k = 0; k < 9; ++k) turn.push_back(static_cast<float>(one.placement.left_from_right(k / 3, k % 3)));
    rotation.push_back(torch::tensor(turn).view({3, 3}));
    knuckle.push_back(torch::tensor(place));
  }
  return {{torch::stack(right), torch::stack(left)},
          torch::stack(shape),
          torch::stack(rotation),
          torch::stack(knuckle),
          torch::ones({count}, torch::kBool)};
}

SurfaceContact contact_of(const PairBatch& pairs) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor upright = torch::eye(3).expand({pairs.shape.size(0), 3, 3});
  return surface_contact(hands()(pose_from(interaction_from(pairs, hands()), upright)), hands());
}

TEST(PairResolving, ResolvesPenetrationAndKeepsContact) {
  const Sources sources(interactions());
  const PairBatch before = pairs_in_each_other(sources, 16, 0.004), after = resolved(before, sources.limits, hands());
  const SurfaceContact was = contact_of(before), is = contact_of(after);
  EXPECT_GT((was.depth > 0.002).sum().item<int64_t>(), 8);
  EXPECT_GE((is.depth <= 0.002).sum().item<int64_t>(), 15);
  EXPECT_GE((is.distance < kContactDistance).sum().item<int64_t>(), 15);
  EXPECT_LT((after.knuckle_in_right - before.knuckle_in_right).norm(2, 1).median().item<float>(), 0.008f)
      << "no further than needed";
  for (const Side side : kSides) {
    EXPECT_TRUE((after.fingers[side] >= sources.limits[side].low - 1e-5).all().item<bool>());
    EXPECT_TRUE((after.fingers[side] <= sources.limits[side].high + 1e-5).all().item<bool>());
  }
}

TEST(PairResolving, KeepsPairsWithoutPenetration) {
  const Sources sources(interactions());
  PairBatch apart = pairs_in_each_other(sources, 4, 0);
  apart.knuckle_in_right *= 3;
  apart.touching.fill_(false);
  const PairBatch after = resolved(apart, sources.limits, hands());
  EXPECT_TRUE(torch::equal(after.knuckle_in_right, apart.knuckle_in_right));
  EXPECT_TRUE(torch::equal(after.fingers.left, apart.fingers.left));
}

TEST(PairResolving, PairsDoNotInfluenceEachOther) {
  const Sources sources(interactions());
  const PairBatch all = pairs_in_each_other(sources, 8, 0.003), after = resolved(all, sources.limits, hands());
  const auto one = [&](const torch::Tensor& column) { return column.slice(0, 5, 6); };
  const PairBatch alone = resolved({{one(all.fingers.right), one(all.fingers.left)},
                                    one(all.shape),
                                    one(all.left_from_right),
                                    one(all.knuckle_in_right),
                                    one(all.touching)},
                                   sources.limits, hands());
  EXPECT_THAT(alone.knuckle_in_right, TensorNear(one(after.knuckle_in_right), 1e-4));
  EXPECT_THAT(alone.fingers.right, TensorNear(one(after.fingers.right), 1e-2));
}

}  // namespace
}  // namespace interprior
