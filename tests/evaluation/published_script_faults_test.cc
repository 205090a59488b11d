#include <gtest/gtest.h>
#include <torch/types.h>

#include "interprior/evaluation/metrics.h"
#include "interprior/hand/skeleton.h"
#include "metric/hand_sets/random_hand_set.h"
#include "support/tensor_near.h"

// Faults of published evaluation scripts (docs/protocols.md), each reproduced on a case where it changes the result.
namespace interprior {
namespace {

SampleErrors errors_of(Protocol protocol, const HandSet& predictions, const HandSet& truth) {
  return sample_errors(protocol, predictions, truth, procedural_hands(), {.surfaces = false});
}

TEST(PublishedScriptFaults, AMaskInTheDataSetsJointOrder) {
  HandSet truth = annotated(random_hand_set(30, 1));
  const HandSet predictions = random_hand_set(30, 1);  // correct everywhere
  truth.joints.select(2, kTips[1]).fill_(1.0);         // but the index finger's tip is a dummy
  truth.joint_valid.select(2, kTips[1]).fill_(false);
  const torch::Tensor all = errors_of(Protocol::interwild, predictions,
                                      [&] {
                                        HandSet unmasked = truth;
                                        unmasked.joint_valid = torch::Tensor();
                                        return unmasked;
                                      }())
                                .per_joint;
  // Two repositories: errors in their own joint order, the mask still in InterHand2.6M's order.
  const torch::Tensor in_theirs =
      truth.joint_valid.index_select(2, torch::tensor(std::vector<int64_t>(kToInterHand.begin(), kToInterHand.end())));
  const double faulty = all.masked_select(in_theirs).mean().item<double>();
  EXPECT_GT(faulty, 5);
  EXPECT_LT(summarise(Protocol::interwild, errors_of(Protocol::interwild, predictions, truth)).at("mpjpe_mm"), 1e-6);
}

TEST(PublishedScriptFaults, TheLastBatchDropped) {
  const HandSet truth = random_hand_set(9, 1);
  HandSet predictions = truth;
  predictions.pose = truth.pose.clone();
  predictions.pose[8].slice(1, 3).add_(0.3);  // all of the error is in the ninth
  const SampleErrors errors = errors_of(Protocol::intaghand, predictions, truth);
  EXPECT_LT(errors.joint.slice(0, 0, 8).mean().item<double>(), 1e-6);  // batches of four, drop_last=True
  EXPECT_GT(summarise(Protocol::intaghand, errors).at("mpjpe_mm"), 0.5);
}

TEST(PublishedScriptFaults, OneNumberForSingleAndInteractingWhateverTheirCounts) {
  HandSet truth = annotated(random_hand_set(10, 1));
  truth.hand_valid = torch::ones({10, 2}, torch::kBool);
  truth.hand_valid.slice(0, 1).select(1, 1).fill_(false);  // one image of two hands, nine of one
  HandSet predictions = annotated(random_hand_set(10, 2));
  const Metrics metrics = summarise(Protocol::interwild, errors_of(Protocol::interwild, predictions, truth));
  const double as_published = (metrics.single_mpjpe_mm + metrics.interacting_mpjpe_mm) / 2;
  EXPECT_DOUBLE_EQ(metrics.mean_of_single_and_interacting_mpjpe_mm, as_published);
  EXPECT_GT(std::abs(metrics.at("mpjpe_mm") - as_published), 1e-3) << "the pooled number is another one, and has another name";
}

TEST(PublishedScriptFaults, PenetrationThatFailsAndReportsZero) {
  // Ray crossings of an open mesh do not define its inside; a script that gives up there reports 0.
  const HandSet truth = random_hand_set(3, 1);
  HandSet within = truth;
  within.translation = truth.translation.clone();
  within.translation.select(1, 1).copy_(truth.translation.select(1, 0));
  const SampleErrors errors = sample_errors(Protocol::intaghand, within, truth, procedural_hands());
  EXPECT_GT(errors.surface.penetration.min().item<double>(), 1);
  EXPECT_GT(errors.surface.intersection.min().item<double>(), 0.1);
}

TEST(PublishedScriptFaults, AFlipThatMovesPixelsByOne) {
  // u -> W - u instead of W - 1 - u shifts everything right by one pixel. Only the 2D error detects it, not root-aligned errors.
  constexpr double kFocal = 1000;
  HandSet truth = as_meshes(random_hand_set(4, 1));
  truth.camera = torch::tensor({kFocal, kFocal, 128.0, 128.0}, torch::kFloat64).expand({4, 4}).clone();
  EXPECT_LT(errors_of(Protocol::intaghand, truth, truth).joint_2d.max().item<double>(), 1e-9);
  HandSet moved = truth;
  moved.vertices = truth.vertices.clone();
  moved.vertices.select(3, 0).add_(truth.vertices.select(3, 2) / kFocal);
  const torch::Tensor pixels = kFocal * truth.vertices.slice(3, 0, 2) / truth.vertices.slice(3, 2, 3);
  const torch::Tensor seen = pixels.flatten(1, 2), side = (seen.amax(1) - seen.amin(1)).amax(1);  // side of both hands' box
  const SampleErrors errors = errors_of(Protocol::intaghand, moved, truth);
  EXPECT_THAT(errors.joint_2d, TensorNear((256 * 0.8 / side).unsqueeze(1).expand({4, 2}), 1e-9));
}

}  // namespace
}  // namespace interprior
