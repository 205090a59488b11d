#include "interprior/metric/plausible.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <limits>

#include "interprior/evaluation/metrics.h"
#include "metric/hand_sets/random_hand_set.h"
#include "support/tensor_near.h"

// Implausible hands that cannot be measured, and meshes that are not hands.
namespace interprior {
namespace {

using ::testing::HasSubstr;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

SampleErrors measured(const HandSet& predictions, const HandSet& truth, Implausible implausible = Implausible::leave_out) {
  MeasureOptions options;
  options.implausible = implausible;
  return SampleMeter(procedural_hands().model, options)({Protocol::intaghand}, predictions, truth).front();
}

TEST(Plausible, PointsMustBeFiniteNearTheCameraAndOfLimitedExtent) {
  const torch::Tensor hand = procedural_hands().model.hand.right.v_template.to(torch::kFloat64);
  const auto with = [&](double value) {
    torch::Tensor points = hand.clone();
    points[17][1] = value;
    return points;
  };
  const torch::Tensor clouds = torch::stack({hand, hand + 999, hand + 1001, with(kNaN), with(1 / 0.0), with(2.9), with(3.2)});
  EXPECT_THAT(plausible_points(clouds), TensorNear(torch::tensor({true, true, false, false, false, true, false}), 0));
}

TEST(Plausible, SamplesWithImplausibleHandsAreSkippedAndCounted) {
  const HandSet truth = random_hand_set(20, 1), sound = random_hand_set(20, 2);
  HandSet wild = sound;
  for (const auto& [name, member] : kHandSetTensors)
    if ((wild.*member).defined()) wild.*member = (wild.*member).clone();
  wild.translation[3][0][2] = 1e5;
  wild.pose[7][1][5] = kNaN;
  wild.shape[11].fill_(1e9);  // both hands
  wild.translation[15][1][0] = -std::numeric_limits<double>::infinity();
  const SampleErrors errors = measured(wild, truth), as_ever = measured(sound, truth);
  EXPECT_EQ(errors.implausible.sum().item<double>(), 5);
  const std::vector<int64_t> left_out = {3, 7, 11, 15};
  for (int64_t row = 0; row < 20; ++row) {
    const bool out = std::count(left_out.begin(), left_out.end(), row) > 0;
    EXPECT_EQ(errors.implausible[row].any().item<bool>(), out) << row;
    if (out)
      EXPECT_TRUE(errors.joint[row].isnan().all().item<bool>() && errors.relative_root[row].isnan().item<bool>()) << row;
    else
      EXPECT_TRUE(torch::equal(errors.joint[row], as_ever.joint[row])) << row;
  }
  MetricSums sums(Protocol::intaghand);
  sums.add(errors);
  const Metrics metrics = sums.finish();
  EXPECT_EQ(metrics.samples, 16);
  EXPECT_EQ(metrics.left_out.implausible_hands, 5);
  EXPECT_EQ(metrics.left_out.implausible_samples, 4);
}

TEST(Plausible, AnUnusedHandMayHaveAnyValue) {
  HandSet truth = random_hand_set(4, 1), predictions = random_hand_set(4, 2);
  truth.hand_valid = torch::ones({4, 2}, torch::kBool);
  truth.hand_valid[2][1] = false;
  predictions.pose[2][1].fill_(kNaN);
  const SampleErrors errors = measured(predictions, truth);
  EXPECT_EQ(errors.implausible.sum().item<double>(), 0);
  EXPECT_TRUE(errors.joint[2][0].isfinite().item<bool>());
}

TEST(Plausible, ACollapsedHandAndAnImplausibleHypothesisAreSkippedToo) {
  const HandSet truth = random_hand_set(6, 1);
  HandSet collapsed = as_meshes(random_hand_set(6, 2));
  collapsed.vertices[1][0] = collapsed.vertices[1][0][0].clone().expand_as(collapsed.vertices[1][0]);  // zero bone length
  const SampleErrors points = measured(collapsed, truth);
  EXPECT_EQ(points.implausible.sum().item<double>(), 1);
  EXPECT_EQ(points.implausible[1][0].item<double>(), 1);

  HandSet sampled = random_hand_set(6, 2);
  sampled.hypotheses_pose = sampled.pose.unsqueeze(1).repeat({1, 3, 1, 1});
  sampled.hypotheses_shape = sampled.shape.unsqueeze(1).repeat({1, 3, 1, 1});
  sampled.hypotheses_translation = sampled.translation.unsqueeze(1).repeat({1, 3, 1, 1});
  sampled.hypotheses_shape[4][2][1].fill_(kNaN);
  const SampleErrors errors = measured(sampled, truth);
  EXPECT_EQ(errors.implausible.sum().item<double>(), 1);
  EXPECT_TRUE(errors.joint[4].isnan().all().item<bool>());
  EXPECT_TRUE(errors.hypothesis.joint[4].isnan().all().item<bool>());
  EXPECT_TRUE(errors.hypothesis.joint[3].isfinite().all().item<bool>());
}

TEST(Plausible, WithoutPlausibleSamplesTheMetricsAreNotMeasured) {
  HandSet wild = random_hand_set(3, 2);
  wild.translation.fill_(1e6);
  MetricSums sums(Protocol::intaghand);
  sums.add(measured(wild, random_hand_set(3, 1)));
  const Metrics metrics = sums.finish();
  EXPECT_EQ(metrics.samples, 0);
  EXPECT_EQ(metrics.left_out.implausible_hands, 6);
  EXPECT_TRUE(std::isnan(metrics.at("mpjpe_mm")));
}

TEST(Plausible, UnusableGroundTruthIsCountedSeparately) {
  HandSet truth = random_hand_set(5, 1);
  truth.translation[2][0][0] = 1e9;
  const SampleErrors errors = measured(random_hand_set(5, 2), truth);
  EXPECT_EQ(errors.true_implausible.sum().item<double>(), 1);
  EXPECT_EQ(errors.implausible.sum().item<double>(), 0);
  MetricSums sums(Protocol::intaghand);
  sums.add(errors);
  EXPECT_EQ(sums.finish().left_out.true_implausible_samples, 1);
  EXPECT_EQ(sums.finish().samples, 4);
}

TEST(Plausible, ImplausibleFilesAreStillRefused) {
  HandSet collapsed = as_meshes(random_hand_set(6, 2));
  collapsed.vertices[1][0] = collapsed.vertices[1][0][0].clone().expand_as(collapsed.vertices[1][0]);
  EXPECT_THAT([&] { measured(collapsed, random_hand_set(6, 1), Implausible::refuse); }, ThrowsError(HasSubstr("test/1.jpg")));
}

TEST(MeshPlausibility, NoiseAndOtherVertexOrdersSkipSurfaceMetrics) {
  const HandSet truth = random_hand_set(6, 1);
  HandSet meshes = as_meshes(random_hand_set(6, 2));
  meshes.vertices[0][0] += noise(meshes.vertices[0][0].sizes(), 0.1, Seed{5});    // the noise of the bug report
  meshes.vertices[1][1] += noise(meshes.vertices[1][1].sizes(), 0.015, Seed{6});  // no wider than a hand
  meshes.vertices[2][0] = meshes.vertices[2][0].index_select(0, torch::tensor(random_order(meshes.vertices.size(2), Seed{8})));
  meshes.vertices[3][1][100] += 1.5;                                              // one vertex far away
  meshes.vertices[4][1] += noise(meshes.vertices[4][1].sizes(), 0.001, Seed{7});  // small noise: still a hand
  const SampleErrors errors = measured(meshes, truth);
  EXPECT_THAT(errors.surface.no_hand,
              TensorNear(torch::tensor({{1, 0}, {0, 1}, {1, 0}, {0, 1}, {0, 0}, {0, 0}}, torch::kFloat64), 0));
  EXPECT_THAT(errors.surface.penetration.isnan(), TensorNear(torch::tensor({true, true, true, true, false, false}), 0));
  EXPECT_TRUE(errors.joint.isfinite().all().item<bool>());  // everything else is measured
  EXPECT_TRUE(errors.surface.overlap.isfinite().all().item<bool>());
  MetricSums sums(Protocol::intaghand);
  sums.add(errors);
  EXPECT_EQ(sums.finish().left_out.no_hand_samples, 4);
  EXPECT_EQ(sums.finish().samples, 6);
}

TEST(MeshPlausibility, HandsOfAllShapesAreHands) {
  HandSet set = random_hand_set(64, 3);
  set.pose = set.pose * 5;    // bent beyond the range of fingers
  set.shape = set.shape * 4;  // two standard deviations and more
  const SampleErrors errors = measured(set, set);
  EXPECT_EQ(errors.surface.no_hand.sum().item<double>() + errors.surface.true_no_hand.sum().item<double>(), 0);
}

}  // namespace
}  // namespace interprior
