#include "interprior/evaluation/comparison.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "interprior/evaluation/evaluation.h"
#include "metric/hand_sets/random_hand_set.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

SampleErrors errors_of(const HandSet& predictions, const HandSet& truth) {
  return sample_errors(Protocol::intaghand, predictions, truth, procedural_hands(), {.surfaces = false});
}

Comparison compared(const SampleErrors& first, const SampleErrors& second) {
  PairedSums sums;
  sums.add(first, second);
  Comparison comparison;
  sums.finish(comparison);
  return comparison;
}

HandSet with_groups(HandSet set) {
  for (int64_t i = 0; i < set.size(); ++i) set.group.push_back("sequence" + std::to_string(i % 7));
  return set;
}

TEST(Comparison, DifferencesArePairedAndSigned) {
  const HandSet truth = with_groups(random_hand_set(40, 1));
  const SampleErrors first = errors_of(with_groups(random_hand_set(40, 2)), truth),
                     second = errors_of(with_groups(random_hand_set(40, 3)), truth);
  const Comparison there = compared(first, second), back = compared(second, first);
  ASSERT_EQ(there.differences.front().name, "mpjpe_mm");
  const torch::Tensor expected = first.joint.mean(1) - second.joint.mean(1);
  EXPECT_NEAR(there.differences.front().mean, expected.mean().item<double>(), 1e-9);
  EXPECT_EQ(there.differences.front().samples, 40);
  EXPECT_NEAR(there.differences.front().share_better, (expected < 0).to(torch::kFloat64).mean().item<double>(), 1e-12);
  EXPECT_LT(there.differences.front().interval.low, there.differences.front().mean);
  EXPECT_GT(there.differences.front().interval.high, there.differences.front().mean);
  for (size_t i = 0; i < there.differences.size(); ++i) {
    EXPECT_NEAR(there.differences[i].mean, -back.differences[i].mean, 1e-12);
    EXPECT_NE(there.differences[i].name, "penetration_mm") << "was not measured";
  }
  EXPECT_NEAR(there.first_better.front().error_mm, expected.min().item<double>(), 1e-9);
  EXPECT_NEAR(there.second_better.front().error_mm, expected.max().item<double>(), 1e-9);
  EXPECT_EQ(there.first_better.front().sample, back.second_better.front().sample);
  EXPECT_EQ(there.mpjpe_distribution.back().second, 1);
}

TEST(Comparison, BothMethodsAndTheBaselinesGetWhatTheyGetAlone) {
  const HandSets truth(annotated(random_hand_set(30, 1)), "truth"), first(random_hand_set(30, 2), "first"),
      second(random_hand_set(30, 3), "second");
  EvaluationOptions alone;
  alone.measure.surfaces = false;
  EvaluationOptions together = alone;
  together.against = &second;
  int64_t measured = 0, announced = 0;
  together.progress = [&](const std::string& phase, int64_t done, int64_t all) {
    if (phase != "evaluate") return;
    EXPECT_GT(done, measured);
    measured = done;
    announced = all;
  };
  const std::vector<Protocol> protocols = {Protocol::intaghand, Protocol::interwild};
  const std::vector<Evaluation> both = evaluate(protocols, first, truth, procedural_hands(), together),
                                own = evaluate(protocols, first, truth, procedural_hands(), alone),
                                other = evaluate(protocols, second, truth, procedural_hands(), alone);
  for (size_t i = 0; i < protocols.size(); ++i)
    for (const char* metric : {"mpjpe_mm", "mpvpe_mm", "pa_mpjpe_mm", "mrrpe_mm"}) {
      EXPECT_EQ(both[i].metrics.at(metric), own[i].metrics.at(metric)) << metric;
      ASSERT_TRUE(both[i].against);
      EXPECT_EQ(both[i].against->other.at(metric), other[i].metrics.at(metric)) << metric;
      EXPECT_EQ(both[i].mean_pose.at(metric), other[i].mean_pose.at(metric)) << metric;
      EXPECT_EQ(both[i].mean_pose_gt_orientation.at(metric), own[i].mean_pose_gt_orientation.at(metric)) << metric;
      EXPECT_NE(own[i].metrics.at(metric), other[i].metrics.at(metric)) << metric;
    }
  EXPECT_EQ(announced, 60) << "each sample once for each of two test sets";
  EXPECT_EQ(measured, announced);
}

TEST(Comparison, AMethodDoesNotDifferFromItself) {
  const HandSet truth = with_groups(random_hand_set(20, 1));
  const SampleErrors errors = errors_of(with_groups(random_hand_set(20, 2)), truth);
  const Comparison comparison = compared(errors, errors);
  for (const PairedDifference& one : comparison.differences) {
    EXPECT_EQ(one.mean, 0) << one.name;
    EXPECT_EQ(one.interval.low, 0);
    EXPECT_EQ(one.interval.high, 0);
    EXPECT_EQ(one.share_better, 0);
  }
  EXPECT_TRUE(comparison.first_better.empty() && comparison.second_better.empty());
}

TEST(Comparison, PairingDetectsDifferencesThatUnpairedIntervalsDoNot) {
  // A method better by 0.2 mm on every sample, where samples differ by many millimetres.
  const HandSet truth = with_groups(random_hand_set(60, 1));
  const SampleErrors errors = errors_of(with_groups(random_hand_set(60, 2)), truth);
  SampleErrors better = errors;
  better.joint = errors.joint - 0.2;
  const PairedDifference difference = compared(better, errors).differences.front();
  EXPECT_NEAR(difference.interval.low, -0.2, 1e-9);
  EXPECT_NEAR(difference.interval.high, -0.2, 1e-9);
  EXPECT_EQ(difference.share_better, 1);
  const Metrics alone = summarise(Protocol::intaghand, errors);
  EXPECT_GT(alone.interval("mpjpe_mm").high - alone.interval("mpjpe_mm").low, 0.2);
}

}  // namespace
}  // namespace interprior
