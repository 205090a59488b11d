#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>

#include "interprior/evaluation/metrics.h"
#include "interprior/geometry/rotation.h"
#include "interprior/hand/skeleton.h"
#include "metric/hand_sets/random_hand_set.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr double kExact = 1e-9;  // mm

SampleErrors errors_of(Protocol protocol, const HandSet& predictions, const HandSet& truth) {
  return sample_errors(protocol, predictions, truth, procedural_hands());
}

torch::Tensor mm(std::vector<double> values) { return torch::tensor(values, torch::kFloat64); }

class EveryProtocol : public ::testing::TestWithParam<Protocol> {};

TEST_P(EveryProtocol, IsZeroOnItself) {
  const HandSet set = annotated(random_hand_set(5, 1));
  const Metrics metrics = summarise(GetParam(), errors_of(GetParam(), set, set));
  EXPECT_EQ(metrics.samples, 5);
  EXPECT_NEAR(metrics.at("mpjpe_mm"), 0, kExact);
  EXPECT_NEAR(metrics.at("mpvpe_mm"), 0, kExact);
  EXPECT_NEAR(metrics.at("pa_mpjpe_mm"), 0, kExact);
  EXPECT_NEAR(metrics.at("pa_mpvpe_mm"), 0, kExact);
  EXPECT_NEAR(metrics.at("mrrpe_mm"), 0, kExact);
  EXPECT_NEAR(metrics.at("rrve_mm"), 0, kExact);
  EXPECT_NEAR(metrics.auc_50mm, 1, kExact);
}

TEST_P(EveryProtocol, AHandsOwnErrorDoesNotDependOnItsTranslation) {
  const HandSet truth = annotated(random_hand_set(4, 1));
  const HandSet predictions = random_hand_set(4, 2);
  HandSet moved = predictions;
  moved.translation = predictions.translation + mm({0.1, -0.2, 0.3, -0.05, 0.02, 0.6}).view({1, 2, 3});
  const SampleErrors a = errors_of(GetParam(), predictions, truth), b = errors_of(GetParam(), moved, truth);
  EXPECT_THAT(b.joint, TensorNear(a.joint, kExact));
  EXPECT_THAT(b.vertex, TensorNear(a.vertex, kExact));
  EXPECT_THAT(b.pa_joint, TensorNear(a.pa_joint, kExact));
  EXPECT_GT((b.relative_root - a.relative_root).abs().min().item<double>(), 1);
}

TEST_P(EveryProtocol, AnErrorOfOneHandCountsForThatHand) {
  const HandSet truth = annotated(random_hand_set(4, 1));
  HandSet predictions = truth;
  predictions.joints = torch::Tensor();
  predictions.pose = truth.pose.clone();
  predictions.pose.select(1, 1).slice(1, 6).add_(0.2);  // the left hand's fingers
  const SampleErrors errors = errors_of(GetParam(), predictions, truth);
  const SampleErrors none = errors_of(GetParam(), truth, truth);
  EXPECT_GT(errors.joint.select(1, 1).min().item<double>(), 1);
  EXPECT_GT(errors.vertex.select(1, 1).min().item<double>(), 1);
  EXPECT_THAT(errors.vertex.select(1, 0), TensorNear(none.vertex.select(1, 0), kExact));
}

TEST_P(EveryProtocol, ASampleDoesNotDependOnTheOtherSamples) {
  const int64_t count = 261;  // more than one chunk
  const HandSet truth = annotated(random_hand_set(count, 1)), predictions = random_hand_set(count, 2);
  const SampleErrors all = errors_of(GetParam(), predictions, truth);
  const SampleErrors last = errors_of(GetParam(), rows(predictions, count - 1, count), rows(truth, count - 1, count));
  ASSERT_EQ(all.joint.size(0), count);
  EXPECT_THAT(all.joint.slice(0, count - 1), TensorNear(last.joint, kExact));
  EXPECT_THAT(all.vertex.slice(0, count - 1), TensorNear(last.vertex, kExact));
  EXPECT_THAT(all.relative_root.slice(0, count - 1), TensorNear(last.relative_root, kExact));
}

TEST_P(EveryProtocol, NamesTheSampleWhoseHandIsMissing) {
  const HandSet truth = annotated(random_hand_set(3, 1));
  HandSet predictions = random_hand_set(3, 2);
  predictions.hand_valid = torch::ones({3, 2}, torch::kBool);
  predictions.hand_valid.index_put_({1, 0}, false);
  EXPECT_THAT([&] { errors_of(GetParam(), predictions, truth); }, ThrowsError(HasSubstr("test/1.jpg")));
}

INSTANTIATE_TEST_SUITE_P(Names, EveryProtocol,
                         ::testing::Values(Protocol::intaghand, Protocol::wrist, Protocol::interwild, Protocol::internet),
                         [](const ::testing::TestParamInfo<Protocol>& info) { return name_of(info.param); });

// Meshes of hands scaled about the wrist.
HandSet enlarged(const HandSet& set, double factor) {
  HandSet mesh = as_meshes(set);
  const torch::Tensor wrist = annotated(set).joints.select(2, 0).unsqueeze(2);
  mesh.vertices = wrist + factor * (mesh.vertices - wrist);
  return mesh;
}

TEST(Protocol, OnlyBoneScalingAndProcrustesRemoveScale) {
  const HandSet truth = annotated(random_hand_set(3, 1)), predictions = enlarged(truth, 1.2);
  for (const Protocol protocol : {Protocol::intaghand, Protocol::wrist, Protocol::interwild}) {
    const SampleErrors errors = errors_of(protocol, predictions, truth);
    const bool forgiven = rule_of(protocol).bone_scale;
    EXPECT_EQ(errors.joint.max().item<double>() < 1e-6, forgiven) << name_of(protocol);
    EXPECT_EQ(errors.vertex.max().item<double>() < 1e-6, forgiven) << name_of(protocol);
    EXPECT_LT(errors.pa_joint.max().item<double>(), 1e-6) << name_of(protocol);
    EXPECT_LT(errors.pa_vertex.max().item<double>(), 1e-6) << name_of(protocol);
  }
}

TEST(Protocol, OnlyProcrustesRemovesARotation) {
  const HandSet truth = annotated(random_hand_set(3, 1));
  Random random(Seed{5});
  HandSet turned = as_meshes(truth);
  turned.vertices = torch::matmul(turned.vertices, random_rotation(random).t());
  for (const Protocol protocol : {Protocol::intaghand, Protocol::wrist, Protocol::interwild}) {
    const SampleErrors errors = errors_of(protocol, turned, truth);
    EXPECT_GT(errors.joint.min().item<double>(), 5) << name_of(protocol);
    EXPECT_LT(errors.pa_joint.max().item<double>(), 1e-6) << name_of(protocol);
    EXPECT_LT(errors.pa_vertex.max().item<double>(), 1e-6) << name_of(protocol);
  }
}

TEST(Protocol, RelativeRootIsUnscaledLeftMinusRight) {
  const HandSet truth = annotated(random_hand_set(2, 1));
  HandSet predictions = truth;
  predictions.translation = truth.translation.clone();
  predictions.translation.select(1, 1).select(1, 2).add_(0.030);  // the left hand 30 mm further away
  for (const Protocol protocol : {Protocol::intaghand, Protocol::wrist, Protocol::interwild}) {
    const SampleErrors errors = errors_of(protocol, predictions, truth);
    EXPECT_THAT(errors.relative_root, TensorNear(mm({30, 30}), 1e-6));
    EXPECT_THAT(errors.relative_vertex, TensorNear(mm({15, 15}), 1e-6));  // half of all vertices are the left hand's
  }
}

TEST(Protocol, TheRootsZeroErrorCounts) {
  const HandSet truth = annotated(random_hand_set(3, 1)), predictions = random_hand_set(3, 2);
  for (const Protocol protocol : {Protocol::intaghand, Protocol::wrist}) {
    const SampleErrors errors = errors_of(protocol, predictions, truth);
    EXPECT_THAT(errors.per_joint.select(2, rule_of(protocol).root_joint), TensorNear(torch::zeros({3, 2}), kExact));
    EXPECT_THAT(errors.joint, TensorNear(errors.per_joint.sum(2) / 21, kExact));
  }
}

TEST(Protocol, GroundTruthJointsAreRegressedFromThePosedMesh) {
  HandSet truth = random_hand_set(3, 1);
  truth.joints = torch::full({3, 2, 21, 3}, 7.0, torch::kFloat64);  // annotations that must not be used
  const SampleErrors parameters = errors_of(Protocol::intaghand, random_hand_set(3, 2), truth);
  const SampleErrors meshes = errors_of(Protocol::intaghand, as_meshes(random_hand_set(3, 2)), as_meshes(truth));
  EXPECT_THAT(parameters.joint, TensorNear(meshes.joint, kExact));
  const torch::Tensor chain = chain_joints_of(truth, procedural_hands()), regressed = annotated(truth).joints;
  EXPECT_GT((chain - regressed).abs().max().item<double>(), 1e-4);
}

TEST(Protocol, ValidityIsAppliedInTheOrderOfTheJoints) {
  // Two published scripts applied the mask in the data set's order to joints in their own.
  HandSet truth = annotated(random_hand_set(2, 1));
  const int64_t wrong = 6;
  truth.joints.select(2, wrong).fill_(1.0);  // the dummy of joints without annotation
  const HandSet predictions = as_meshes(random_hand_set(2, 1));
  const SampleErrors spoilt = errors_of(Protocol::interwild, predictions, truth);
  EXPECT_GT(spoilt.joint.min().item<double>(), 10);
  truth.joint_valid.select(2, wrong).fill_(false);
  const SampleErrors masked = errors_of(Protocol::interwild, predictions, truth);
  EXPECT_LT(masked.joint.max().item<double>(), 1e-6);
  EXPECT_LT(masked.pa_joint.max().item<double>(), 1e-6);
  EXPECT_TRUE(masked.per_joint.select(2, wrong).isnan().all().item<bool>());
  EXPECT_EQ(masked.per_joint.isnan().sum().item<int64_t>(), 4);
}

TEST(Protocol, AHandCountsOnlyWhereItsWristIsValid) {
  HandSet truth = annotated(random_hand_set(3, 1));
  truth.joint_valid.index_put_({1, 0, kWrist}, false);
  const SampleErrors errors = errors_of(Protocol::interwild, random_hand_set(3, 2), truth);
  EXPECT_TRUE(errors.per_joint[1][0].isnan().all().item<bool>());
  EXPECT_FALSE(errors.per_joint[1][1].isnan().any().item<bool>());
  EXPECT_TRUE(errors.relative_root[1].isnan().item<bool>());
  EXPECT_FALSE(errors.vertex.isnan().any().item<bool>());  // vertices have no mask
  const SampleErrors unmasked = errors_of(Protocol::intaghand, random_hand_set(3, 2), truth);
  EXPECT_FALSE(unmasked.per_joint.isnan().any().item<bool>());
}

TEST(Protocol, InternetUsesTheNetworksJoints) {
  const HandSet truth = annotated(random_hand_set(2, 1));
  HandSet joints_only;
  joints_only.sample = truth.sample;
  joints_only.joints = truth.joints;
  const SampleErrors errors = errors_of(Protocol::internet, joints_only, truth);
  EXPECT_THAT(errors.joint, TensorNear(torch::zeros({2, 2}), kExact));
  EXPECT_TRUE(errors.vertex.isnan().all().item<bool>());
  EXPECT_THAT([&] { errors_of(Protocol::interwild, joints_only, truth); }, ThrowsError(HasSubstr("no meshes")));
  EXPECT_THAT([&] { errors_of(Protocol::internet, as_meshes(random_hand_set(2, 1)), truth); }, ThrowsError(HasSubstr("joints")));
}

TEST(Protocol, AnnotatedJointsAreRequired) {
  EXPECT_THAT([&] { errors_of(Protocol::interwild, random_hand_set(2, 2), random_hand_set(2, 1)); },
              ThrowsError(HasSubstr("annotated")));
}

TEST(Protocol, ACollapsedHandIsAnErrorThatNamesIt) {
  const HandSet truth = random_hand_set(2, 1);
  HandSet collapsed = as_meshes(random_hand_set(2, 2));
  collapsed.vertices.index_put_({1, 1}, 0.0);
  EXPECT_THAT([&] { errors_of(Protocol::intaghand, collapsed, truth); }, ThrowsError(HasSubstr("test/1.jpg")));
}

TEST(Protocol, SamplesInAnotherOrderAreRefused) {
  const HandSet truth = random_hand_set(2, 1);
  EXPECT_THAT(
      [&] {
        errors_of(Protocol::intaghand, rows(truth, torch::tensor({1, 0})), truth);
      },
      ThrowsError(HasSubstr("order")));
}

TEST(Protocol, PenetrationOfPredictedHandsIsMeasured) {
  // Published scripts report 0 when the penetration test fails on MANO's open mesh; here the wrists are closed.
  const HandSet truth = random_hand_set(2, 1);
  HandSet apart = truth, within = truth;
  apart.translation = truth.translation.clone();
  apart.translation.select(1, 1).select(1, 0).add_(1.0);
  within.translation = truth.translation.clone();
  const torch::Tensor wrist = chain_joints_of(truth, procedural_hands()).select(2, 0);
  within.translation.select(1, 1).add_(wrist.select(1, 0) - wrist.select(1, 1));  // left wrist on right wrist
  const SampleErrors far = errors_of(Protocol::intaghand, apart, truth), near = errors_of(Protocol::intaghand, within, apart);
  for (const torch::Tensor& none : {far.surface.penetration, far.surface.mean_depth, far.surface.intersection})
    EXPECT_THAT(none, TensorNear(torch::zeros({2}), 0));
  EXPECT_GT(far.surface.distance.min().item<double>(), 500);
  EXPECT_GT(near.surface.penetration.min().item<double>(), 5);
  EXPECT_THAT(near.surface.distance, TensorNear(-near.surface.penetration, 0));
  EXPECT_TRUE((near.surface.mean_depth < near.surface.penetration).all().item<bool>());
  EXPECT_GT(near.surface.intersection.min().item<double>(), 5);
  EXPECT_TRUE(near.surface.contact_distance.isnan().all().item<bool>()) << "the true hands do not touch";
  const Metrics metrics = summarise(Protocol::intaghand, near);
  EXPECT_DOUBLE_EQ(metrics.at("largest_penetration_mm"), near.surface.penetration.max().item<double>());
  EXPECT_DOUBLE_EQ(metrics.at("contact_ratio"), 1);
  EXPECT_DOUBLE_EQ(metrics.at("true_contact_ratio"), 0);
}

TEST(Protocol, HypothesesGiveBestAndMean) {
  const HandSet truth = random_hand_set(3, 1);
  HandSet predictions = random_hand_set(3, 2);
  const HandSet hypotheses[] = {random_hand_set(3, 3), truth, random_hand_set(3, 4)};
  std::vector<torch::Tensor> pose, shape, translation, joint;
  for (const HandSet& hypothesis : hypotheses) {
    pose.push_back(hypothesis.pose);
    shape.push_back(hypothesis.shape);
    translation.push_back(hypothesis.translation);
    joint.push_back(errors_of(Protocol::intaghand, hypothesis, truth).joint.mean(1));
  }
  predictions.hypotheses_pose = torch::stack(pose, 1);
  predictions.hypotheses_shape = torch::stack(shape, 1);
  predictions.hypotheses_translation = torch::stack(translation, 1);
  const SampleErrors errors = errors_of(Protocol::intaghand, predictions, truth);
  EXPECT_EQ(errors.hypotheses(), 3);
  EXPECT_THAT(errors.hypothesis.joint.amin(1), TensorNear(torch::zeros({3}), kExact));  // one hypothesis is the ground truth
  EXPECT_THAT(errors.hypothesis.joint.mean(1), TensorNear(torch::stack(joint).mean(0), kExact));
}

// Hypotheses of each sample that differ by the rotation `turn` of every finger, rad.
HandSet with_hypotheses(HandSet set, const torch::Tensor& turn, int64_t count) {
  const torch::Tensor pose = set.pose.unsqueeze(1).repeat({1, count, 1, 1});
  const torch::Tensor noisy = noise({set.size(), count, 2, 45}, 1, Seed{9}) * turn.view({-1, 1, 1, 1});
  set.hypotheses_pose = torch::cat({pose.slice(3, 0, 3), pose.slice(3, 3) + noisy}, 3);
  set.hypotheses_shape = set.shape.unsqueeze(1).repeat({1, count, 1, 1});
  set.hypotheses_translation = set.translation.unsqueeze(1).repeat({1, count, 1, 1});
  return set;
}

TEST(Protocol, SpreadIsOfTheHypothesesAfterTheProtocolsAlignment) {
  const HandSet truth = random_hand_set(4, 1), other_truth = random_hand_set(4, 5);
  const HandSet predictions = with_hypotheses(random_hand_set(4, 2), mm({0, 0.05, 0.1, 0.2}), 6);
  const SampleErrors errors = errors_of(Protocol::wrist, predictions, truth);
  EXPECT_NEAR(errors.hypothesis.stddev[0].item<double>(), 0, 1e-9) << "equal hypotheses";
  EXPECT_GT(errors.hypothesis.stddev.diff().min().item<double>(), 1);
  EXPECT_THAT(errors.hypothesis.per_joint_stddev.select(2, 0), TensorNear(torch::zeros({4, 2}), kExact));  // the root itself
  EXPECT_THAT(errors_of(Protocol::wrist, predictions, other_truth).hypothesis.stddev,
              TensorNear(errors.hypothesis.stddev, kExact));
  HandSet wandering = predictions;  // translations of whole hands do not change root-aligned standard deviations
  wandering.hypotheses_translation = predictions.hypotheses_translation + noise({4, 6, 2, 3}, 0.1, Seed{3});
  EXPECT_THAT(errors_of(Protocol::wrist, wandering, truth).hypothesis.stddev, TensorNear(errors.hypothesis.stddev, 1e-6));
  EXPECT_GT((errors_of(Protocol::intaghand, predictions, truth).hypothesis.stddev - errors.hypothesis.stddev)
                .abs()
                .max()
                .item<double>(),
            0.01)
      << "about another root";
}

TEST(Protocol, OneHypothesisIsItsOwnBestAndHasNoStddev) {
  const HandSet truth = random_hand_set(3, 1);
  const HandSet predictions = with_hypotheses(random_hand_set(3, 2), mm({0, 0, 0}), 1);
  const SampleErrors errors = errors_of(Protocol::intaghand, predictions, truth);
  EXPECT_THAT(errors.hypothesis.joint.amin(1), TensorNear(errors.joint.mean(1), kExact));
  EXPECT_THAT(errors.hypothesis.joint.mean(1), TensorNear(errors.joint.mean(1), kExact));
  EXPECT_TRUE(errors.hypothesis.stddev.isnan().all().item<bool>());
  const Metrics metrics = summarise(Protocol::intaghand, errors);
  EXPECT_TRUE(std::isnan(metrics.at("spread_mm")));
  EXPECT_TRUE(metrics.calibration.empty());
  ASSERT_EQ(metrics.best_of_mpjpe_mm.size(), 1u);
}

// The best hypothesis is selected per sample for both hands, not per hand or joint.
TEST(Protocol, TheBestHypothesisIsOnePerSample) {
  const HandSet truth = random_hand_set(2, 1), other = random_hand_set(2, 3);
  HandSet predictions = random_hand_set(2, 2);
  const auto swapped = [&](const torch::Tensor& a, const torch::Tensor& b) {  // right of a with left of b, and the reverse
    return torch::stack({torch::stack({a.select(1, 0), b.select(1, 1)}, 1), torch::stack({b.select(1, 0), a.select(1, 1)}, 1)},
                        1);
  };
  predictions.hypotheses_pose = swapped(truth.pose, other.pose);
  predictions.hypotheses_shape = swapped(truth.shape, other.shape);
  predictions.hypotheses_translation = swapped(truth.translation, other.translation);
  const SampleErrors errors = errors_of(Protocol::intaghand, predictions, truth),
                     all = errors_of(Protocol::intaghand, other, truth);
  EXPECT_THAT(errors.hypothesis.joint.amin(1), TensorNear((all.joint / 2).amin(1), kExact));
  EXPECT_GT(errors.hypothesis.joint.amin(1).min().item<double>(), 1);
}

TEST(Protocol, MoreHypothesesAreNeverWorseAtTheirBest) {
  const HandSet truth = random_hand_set(12, 1);
  const HandSet predictions = with_hypotheses(truth, noise({12}, 0.2, Seed{4}).abs() + 0.02, 11);
  const Metrics metrics = summarise(Protocol::intaghand, errors_of(Protocol::intaghand, predictions, truth));
  ASSERT_EQ(metrics.best_of_mpjpe_mm.size(), 5u);  // 1, 2, 5, 10, 11
  for (size_t i = 1; i < 5; ++i) EXPECT_LE(metrics.best_of_mpjpe_mm[i].second, metrics.best_of_mpjpe_mm[i - 1].second);
  EXPECT_EQ(metrics.best_of_mpjpe_mm.back().first, 11);
  EXPECT_DOUBLE_EQ(metrics.best_of_mpjpe_mm.back().second, metrics.at("best_of_k_mpjpe_mm"));
  EXPECT_LT(metrics.at("best_of_k_mpjpe_mm"), metrics.at("mean_of_k_mpjpe_mm"));
  EXPECT_EQ(metrics.calibration.size(), 10u);
}

TEST(Protocol, AnUnknownNameIsAnErrorWithTheKnownOnes) {
  EXPECT_EQ(protocol_named("wrist"), Protocol::wrist);
  EXPECT_THAT([] { protocol_named("intagand"); }, ThrowsError(AllOf(HasSubstr("internet"), HasSubstr("did you mean intaghand"))));
}

}  // namespace
}  // namespace interprior
