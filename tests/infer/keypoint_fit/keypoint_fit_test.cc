#include "interprior/infer/keypoint_fit/keypoint_fit.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <algorithm>
#include <array>
#include <utility>

#include "infer/keypoint_fit/fit_minima.h"
#include "infer/keypoint_fit/fit_observations.h"
#include "infer/tiny_sampler.h"
#include "interprior/geometry/rotation.h"
#include "interprior/hand/mano_layer.h"
#include "interprior/model/sampler.h"
#include "support/random_interaction.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

constexpr int64_t kPairs = 3;

// A prior with random weights, normalised with moderate hands.
InteractionPrior small_prior() {
  torch::manual_seed(3);
  InteractionPrior prior(tiny_prior());
  const torch::NoGradGuard no_grad;
  const TwoHands hands(procedural_model());
  prior->set_normalisation(state_from(random_interaction(400, 5), hands, prior->config().anchor));
  return prior;
}

Pinhole camera() { return {1200, 1180, 255.5, 250, 512, 500}; }

// Hands about 70 cm in front of the camera: joints (B,2,21,3) m.
PerHand<torch::Tensor> joints_before_camera(int64_t count, uint64_t seed) {
  const TwoHands hands(procedural_model());
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> turns;
  for (int64_t i = 0; i < count; ++i) {
    Random random(Seed{seed}.derive(static_cast<uint64_t>(i)));
    turns.push_back(random_rotation(random).to(torch::kFloat32));
  }
  const PerHand<HandMesh> mesh = hands(pose_from(random_interaction(count, seed), torch::stack(turns)));
  const torch::Tensor both = torch::cat({mesh.right.joints_in_root, mesh.left.joints_in_root}, 1);
  const torch::Tensor move = torch::tensor({0.02f, -0.01f, 0.7f}) - both.mean(1, true);
  return {mesh.right.joints_in_root + move, mesh.left.joints_in_root + move};
}

std::vector<FitTarget> targets_of(const PerHand<torch::Tensor>& joints, bool in_3d = false) {
  std::vector<FitTarget> targets;
  for (int64_t i = 0; i < joints.right.size(0); ++i) {
    FitTarget target;
    target.camera = camera();
    for (const Side side : kSides) {
      HandKeypoints hand;
      if (in_3d) hand.joints_in_camera.emplace();
      for (int64_t j = 0; j < kJoints; ++j) {
        const torch::Tensor x = joints[side][i][j];
        const Vector3 point = {x[0].item<double>(), x[1].item<double>(), x[2].item<double>()};
        const auto [u, v] = target.camera.project(point);
        hand.joints[static_cast<size_t>(j)] = {u, v, 1};
        if (in_3d) (*hand.joints_in_camera)[static_cast<size_t>(j)] = point;
      }
      target.keypoints.hand[side] = hand;
    }
    targets.push_back(target);
  }
  return targets;
}

KeypointFit small_fit(FitPrior prior, uint64_t seed = 0) {
  FitOptions options;
  options.prior = prior;
  options.seed = seed;
  options.library = 512;
  return {small_prior(), procedural_model(), torch::kCPU, options};
}

torch::Tensor all_joints(const FittedPair& pair) { return torch::cat({pair.joints_in_camera.right, pair.joints_in_camera.left}); }

double mean_error(const FittedPair& pair, const PerHand<torch::Tensor>& joints, int64_t row) {
  return (all_joints(pair) - torch::cat({joints.right[row], joints.left[row]})).norm(2, {1}).mean().item<double>();
}

constexpr std::array kPriors = {FitPrior::code, FitPrior::residual, FitPrior::gaussian, FitPrior::none};

// Observations of all kinds for two pairs.
FitObservations any_observations() {
  const torch::TensorOptions options(torch::kFloat64);
  torch::manual_seed(9);
  FitObservations seen;
  seen.point = 0.1 * torch::randn({2, kPairJoints, 2}, options);
  seen.confidence = torch::rand({2, kPairJoints}, options);
  seen.sigma = torch::tensor({0.02, 0.03}, options);
  seen.depth = 0.05 * torch::randn({2, kPairJoints}, options);
  seen.depth_confidence = torch::rand({2, kPairJoints}, options);
  seen.joint = 0.1 * torch::randn({2, kPairJoints, 3}, options) + torch::tensor({0., 0., 0.7}, options);
  seen.joint_confidence = torch::rand({2, kPairJoints}, options);
  seen.beside = 0.1 * torch::randn({2, kPairJoints, 3}, options) + torch::tensor({0., 0., 0.7}, options);
  seen.beside_weight = torch::tensor({400., 0.}, options);
  seen.shape = torch::randn({2, 20}, options);
  seen.shape_weight = torch::tensor({0., 3.}, options);
  return seen;
}

FitPoint any_point(int64_t code_size) {
  const torch::TensorOptions options(torch::kFloat64);
  torch::manual_seed(10);
  Random random(Seed{1});
  return {0.3 * torch::randn({2, code_size}, options), torch::stack({random_rotation(random), random_rotation(random)}),
          torch::tensor({{0.01, -0.02, -0.4}, {0.03, 0.02, -0.3}}, options)};
}

// code_of inverts state() for states in the prior's range.
TEST(StatePrior, FindsTheCodeOfAState) {
  const StatePrior gaussian(small_prior(), FitPrior::gaussian, torch::kCPU);
  const torch::Tensor likely = gaussian.state(gaussian.sample(5, Seed{6}));
  for (const FitPrior kind : {FitPrior::residual, FitPrior::gaussian, FitPrior::none}) {
    const StatePrior prior(small_prior(), kind, torch::kCPU);
    const torch::Tensor code = prior.code_of(likely);
    EXPECT_EQ(code.size(1), prior.size());
    EXPECT_THAT(prior.state(code), TensorNear(likely, 2e-3)) << name_of(kind);
  }
}

// The residual is correlated between the hands of one person: it enlarges both, not one.
TEST(StatePrior, AResidualKeepsTheCorrelationsOfTheTrainingStates) {
  const StatePrior prior(small_prior(), FitPrior::residual, torch::kCPU);
  const torch::Tensor columns = prior.by_rest(torch::eye(kStateSize, torch::kFloat64).unsqueeze(0))[0];
  const TwoHands hands(procedural_model());
  const torch::Tensor states = state_from(random_interaction(400, 5), hands, tiny_prior().anchor).to(torch::kFloat64);
  const torch::Tensor covariance = columns.matmul(columns.t()), expected = states.t().cov(0);
  EXPECT_THAT(covariance / covariance.diagonal().max(), TensorNear(expected / expected.diagonal().max(), 1e-4));
}

// The energy's gradient in every entry of a step, for every prior and all kinds of observations.
class FitEnergyStages : public ::testing::TestWithParam<FitStage> {};
INSTANTIATE_TEST_SUITE_P(Stages, FitEnergyStages, ::testing::Values(FitStage::far, FitStage::near));

TEST_P(FitEnergyStages, HasTheSlopeOfItsFiniteDifferences) {
  for (const FitPrior kind : kPriors) {
    const StatePrior prior(small_prior(), kind, torch::kCPU);
    const PairJointModel joints(procedural_model(), tiny_prior().anchor, torch::kCPU);
    const FitEnergy energy(prior, joints, 0.005, GetParam());
    EXPECT_THAT(joints.joints(prior.state(prior.sample(3, Seed{4}))),
                TensorNear(joints(prior(prior.sample(3, Seed{4})).state).joints, 1e-6));
    const torch::TensorOptions options(torch::kFloat64);
    const FitObservations seen = any_observations();
    const FitPoint point = any_point(prior.size());
    const FitModel model = energy(point, seen);
    const torch::Tensor expected = slope_of(model, point);
    // Networks and their Gaussian compute in float32: the step size is chosen for its rounding.
    const double step = kind == FitPrior::none ? 1e-5 : 2e-3;
    const int64_t numbers = prior.size() + 6;
    std::vector<int64_t> looked;  // some of the code's, all of rotation and position
    for (int64_t i = 0; i < prior.size(); i += std::max<int64_t>(1, prior.size() / 20)) looked.push_back(i);
    for (int64_t i = prior.size(); i < numbers; ++i) looked.push_back(i);
    for (const int64_t i : looked) {
      torch::Tensor move = torch::zeros({2, numbers}, options);
      move.select(1, i).fill_(step);
      const torch::Tensor slope =
          (energy(moved(point, move), seen).energy - energy(moved(point, -move), seen).energy) / (2 * step);
      const double scale = expected.abs().max().item<double>();
      EXPECT_THAT(expected.select(1, i), TensorNear(slope, (step > 1e-4 ? 2e-3 : 1e-5) * scale)) << name_of(kind) << " " << i;
    }
  }
}

// The step by elimination equals that of the full system.
TEST(FitSolver, AStepSolvesTheDampedSystem) {
  for (const FitPrior kind : kPriors) {
    const StatePrior prior(small_prior(), kind, torch::kCPU);
    const PairJointModel joints(procedural_model(), tiny_prior().anchor, torch::kCPU);
    const FitPoint point = any_point(prior.size());
    const FitModel model = FitEnergy(prior, joints, 0.005, FitStage::near)(point, any_observations());
    const torch::Tensor damping = torch::tensor({1e-3, 2.}, torch::kFloat64), step = damped_step(model, point, damping);
    torch::Tensor curvature = torch::linalg_inv(covariance(model));
    curvature.diagonal(0, 1, 2).mul_(1 + damping.unsqueeze(1));
    const torch::Tensor slope = slope_of(model, point);
    EXPECT_THAT(torch::matmul(curvature, step.unsqueeze(2)).squeeze(2),
                TensorNear(-slope, 1e-6 * slope.abs().max().item<double>()))
        << name_of(kind);
  }
}

// An additional start is used for its own pair.
TEST(FitMinima, AGivenStartIsUsed) {
  const FitOptions options{.prior = FitPrior::code, .library = 256};
  const FitMinima minima(small_prior(), procedural_model(), torch::kCPU, options);
  std::vector<Observed> observed;
  for (const FitTarget& target : targets_of(joints_before_camera(kPairs, 41))) observed.push_back(observed_from(target, 0.02));
  const FitObservations seen = batch_of(observed, torch::kCPU);
  const Solution thorough = minima(seen, 24, 1).solution, careless = minima(seen, 1, 1).solution,
                 started = minima(seen, 1, 1, thorough.point).solution;
  EXPECT_TRUE((started.model.energy <= thorough.model.energy * 1.05).all().item<bool>()) << started.model.energy;
  EXPECT_LT(started.model.energy.sum().item<double>(), careless.model.energy.sum().item<double>());
}

TEST(KeypointFit, RecoversHandsSampledFromThePrior) {
  const PerHand<torch::Tensor> joints = joints_before_camera(kPairs, 21);
  const auto fitted = small_fit(FitPrior::gaussian)(targets_of(joints, /*in_3d=*/true));
  for (int64_t i = 0; i < kPairs; ++i) {
    EXPECT_LT(mean_error(fitted[static_cast<size_t>(i)].best(), joints, i), 0.004);
    EXPECT_LT(fitted[static_cast<size_t>(i)].residual_of_box(), 0.02);
  }
}

TEST(KeypointFit, TwoDimensionalKeypointsAreReprojected) {
  const PerHand<torch::Tensor> joints = joints_before_camera(kPairs, 22);
  const auto by_code = small_fit(FitPrior::code)(targets_of(joints)),
             with_residual = small_fit(FitPrior::residual)(targets_of(joints));
  for (size_t i = 0; i < kPairs; ++i) EXPECT_LT(with_residual[i].residual_of_box(), by_code[i].residual_of_box());
  for (const FitPrior kind : {FitPrior::gaussian, FitPrior::none}) {
    const auto fitted = small_fit(kind)(targets_of(joints));
    for (const KeypointFitResult& one : fitted) {
      EXPECT_LT(one.residual_of_box(), 0.03) << name_of(kind);
      EXPECT_TRUE(one.best().joint_stddev.isfinite().all().item<bool>());
      EXPECT_GT(one.best().joint_stddev.max().item<double>(), 1e-4);
      double sum = 0;
      for (size_t i = 0; i < one.minima.size(); ++i) {
        sum += one.weights[i];
        if (i > 0) {
          EXPECT_GE(one.minima[i].energy, one.minima[i - 1].energy);
        }
      }
      EXPECT_NEAR(sum, 1, 1e-9);
    }
  }
}

TEST(KeypointFit, ResultsDoNotDependOnTheOtherPairs) {
  const auto targets = targets_of(joints_before_camera(kPairs, 23));
  const KeypointFit fit = small_fit(FitPrior::residual);
  const auto together = fit(targets);
  for (size_t i = 0; i < targets.size(); ++i) {
    const auto alone = fit({targets[i]}).front();
    EXPECT_THAT(all_joints(alone.best()), TensorNear(all_joints(together[i].best()), 1e-3));
  }
}

TEST(KeypointFit, TheSameSeedGivesTheSameNumbers) {
  const auto targets = targets_of(joints_before_camera(2, 24));
  const auto first = small_fit(FitPrior::residual)(targets), second = small_fit(FitPrior::residual)(targets);
  for (size_t i = 0; i < targets.size(); ++i) {
    EXPECT_TRUE(torch::equal(all_joints(first[i].best()), all_joints(second[i].best())));
    EXPECT_EQ(first[i].best().energy, second[i].best().energy);
  }
}

// One pair that moves at 4 mm per frame, observed by noisy keypoints.
TEST(KeypointFit, ASequenceHasOneShapeAndMovesSmoothly) {
  constexpr int64_t kFrames = 6;
  constexpr double kNoise = 3;  // px
  const PerHand<torch::Tensor> joints = joints_before_camera(1, 31);
  std::vector<FitTarget> targets;
  std::vector<torch::Tensor> truth;
  Random random(Seed{4});
  for (int64_t t = 0; t < kFrames; ++t) {
    const torch::Tensor way = torch::tensor({0.004f, -0.002f, 0.f}) * t;
    const PerHand<torch::Tensor> moved{joints.right + way, joints.left + way};
    truth.push_back(torch::cat({moved.right[0], moved.left[0]}));
    targets.push_back(targets_of(moved).front());
    for (const Side side : kSides)
      for (Keypoint& point : targets.back().keypoints.hand[side]->joints) {
        point.x += kNoise * random.normal();
        point.y += kNoise * random.normal();
      }
  }
  const KeypointFit fit = small_fit(FitPrior::gaussian);
  const auto alone = fit(targets), together = fit.sequence(targets, 0.01, 4);
  ASSERT_EQ(together.size(), targets.size());
  const auto error = [&](const std::vector<KeypointFitResult>& results) {
    double sum = 0;
    for (size_t t = 0; t < results.size(); ++t)
      sum += (all_joints(results[t].best()) - truth[t]).norm(2, {1}).mean().item<double>() / static_cast<double>(results.size());
    return sum;
  };
  const auto jitter = [&](const std::vector<KeypointFitResult>& results) {
    double sum = 0;
    for (size_t t = 2; t < results.size(); ++t)
      sum += (all_joints(results[t].best()) - 2 * all_joints(results[t - 1].best()) + all_joints(results[t - 2].best()))
                 .norm(2, {1})
                 .mean()
                 .item<double>();
    return sum;
  };
  EXPECT_LT(jitter(together), 0.5 * jitter(alone));
  EXPECT_LT(error(together), error(alone));
  for (size_t t = 0; t < targets.size(); ++t) {
    EXPECT_LT(together[t].residual_of_box(), 0.05);
    EXPECT_THAT(together[t].best().hands.pose.right.shape, TensorNear(together[0].best().hands.pose.right.shape, 0.1));
  }
  // The batch size does not change the result.
  std::vector<int64_t> counts;
  const auto otherwise = fit.sequence(targets, 0.01, 5, [&](int64_t done) { counts.push_back(done); });
  EXPECT_EQ(counts, (std::vector<int64_t>{5, 6}));
  EXPECT_THAT(all_joints(otherwise[3].best()), TensorNear(all_joints(together[3].best()), 1e-3));
  EXPECT_THAT([&] { fit.sequence(targets, 0, 4); }, ThrowsError(::testing::HasSubstr("above 0")));
}

// Frames that have found another minimum than their neighbours would move the left wrist by several centimetres and back.
TEST(KeypointFit, TheRelativeWristOfASequenceDoesNotJump) {
  constexpr double kMotion = 0.01, kNoise = 2;
  const KeypointFit fit = small_fit(FitPrior::gaussian);
  for (const uint64_t seed : {31, 32, 33}) {
    const PerHand<torch::Tensor> joints = joints_before_camera(1, seed);
    std::vector<FitTarget> targets;
    Random random(Seed{seed}.derive("noise"));
    for (int64_t t = 0; t < 10; ++t) {
      const torch::Tensor way = torch::tensor({0.002f, 0.f, 0.f}) * t;
      targets.push_back(targets_of({joints.right + way, joints.left + way}).front());
      for (const Side side : kSides)
        for (Keypoint& point : targets.back().keypoints.hand[side]->joints) {
          point.x += kNoise * random.normal();
          point.y += kNoise * random.normal();
        }
    }
    const std::vector<KeypointFitResult> results = fit.sequence(targets, kMotion, 10);
    const auto relative = [&](size_t t) {
      const PerHand<torch::Tensor>& fitted = results[t].best().joints_in_camera;
      return fitted.left[0] - fitted.right[0];
    };
    for (size_t t = 1; t < results.size(); ++t)
      EXPECT_LT((relative(t) - relative(t - 1)).norm().item<double>(), 2 * kMotion) << "seed " << seed << ", frame " << t;
  }
}

TEST(KeypointFit, NoticesExchangedSidesOfJointsInSpace) {
  std::vector<FitTarget> targets = targets_of(joints_before_camera(2, 34), true);
  const KeypointFit fit = small_fit(FitPrior::gaussian);
  for (const KeypointFitResult& result : fit(targets)) EXPECT_FALSE(result.sides_exchanged);
  for (FitTarget& target : targets) std::swap(target.keypoints.hand.right, target.keypoints.hand.left);
  for (const KeypointFitResult& result : fit(targets)) {
    EXPECT_TRUE(result.sides_exchanged);
    ASSERT_TRUE(result.residual_of_box_exchanged.has_value());
    EXPECT_LT(*result.residual_of_box_exchanged, 0.02);
  }
}

TEST(KeypointFit, AWrongJointIsNamedAndHasLittleInfluence) {
  const PerHand<torch::Tensor> joints = joints_before_camera(1, 25);
  auto targets = targets_of(joints);
  const KeypointFit fit = small_fit(FitPrior::gaussian);
  const auto before = fit(targets).front();
  targets[0].keypoints.hand.left->joints[12].x += 0.4 * std::max(before.box.width, before.box.height);
  const auto after = fit(targets).front();
  EXPECT_THAT(after.disagreements(), ::testing::Contains("left middle_tip"));
  // The hand is not pulled to the wrong position, and the other joints still fit.
  const double side = std::max(before.box.width, before.box.height);
  EXPECT_GT(after.best().residual.left[12].item<double>(), 0.3 * side);
  EXPECT_LT(torch::cat({after.best().residual.right, after.best().residual.left}).median().item<double>(), 0.03 * side);
}

// A tenth of the joints displaced by a tenth of the box does not worsen the fit of the others.
TEST(KeypointFit, AFewWrongJointsMoveTheHandsLittle) {
  const PerHand<torch::Tensor> joints = joints_before_camera(6, 31);
  auto targets = targets_of(joints);
  const KeypointFit fit = small_fit(FitPrior::gaussian);
  const auto before = fit(targets);
  Random random(Seed{5});
  for (size_t i = 0; i < targets.size(); ++i)
    for (int wrong = 0; wrong < 4; ++wrong) {
      const Side side = random.integer(2) == 0 ? Side::right : Side::left;
      Keypoint& point = targets[i].keypoints.hand[side]->joints[static_cast<size_t>(random.integer(kJoints))];
      (wrong % 2 == 0 ? point.x : point.y) += 0.1 * std::max(before[i].box.width, before[i].box.height);
    }
  const auto after = fit(targets);
  double sum_before = 0, sum_after = 0;
  for (size_t i = 0; i < targets.size(); ++i) {
    sum_before += before[i].best().residual.right.median().item<double>();
    sum_after += after[i].best().residual.right.median().item<double>();
  }
  EXPECT_LT(sum_after, 1.5 * sum_before);
}

TEST(KeypointFit, ASingleHandIsFitted) {
  const PerHand<torch::Tensor> joints = joints_before_camera(2, 26);
  auto targets = targets_of(joints);
  targets[0].keypoints.hand.right.reset();
  targets[1].keypoints.hand.left.reset();
  const auto fitted = small_fit(FitPrior::gaussian)(targets);
  EXPECT_LT(fitted[0].residual_of_box(), 0.03);
  EXPECT_TRUE(fitted[0].best().residual.right.isnan().all().item<bool>());
  EXPECT_TRUE(fitted[1].best().residual.left.isnan().all().item<bool>());
}

TEST(KeypointFit, RefusesTooFewJoints) {
  auto targets = targets_of(joints_before_camera(1, 27));
  for (const Side side : kSides)
    for (size_t j = 0; j < kJoints; ++j) targets[0].keypoints.hand[side]->joints[j].confidence = j < 2 ? 1 : 0;
  EXPECT_THAT([&] { small_fit(FitPrior::code)(targets); }, ThrowsError(::testing::HasSubstr("only 4 joints")));
  targets[0].keypoints.hand = {};
  EXPECT_THAT([&] { small_fit(FitPrior::code)(targets); }, ThrowsError(::testing::HasSubstr("only 0 joints")));
}

}  // namespace
}  // namespace interprior
