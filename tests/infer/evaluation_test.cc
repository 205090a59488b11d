#include "interprior/infer/evaluation.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "few_images.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

const TwoHands& hands() {
  static const TwoHands both(procedural_model());
  return both;
}

PredictedSet some_set(int64_t count, int64_t hypotheses = 1) {
  FewImages data(count);
  return predict_set(tiny_sampler(), hands(), data, 4, 0, torch::kCPU, hypotheses);
}

TEST(Evaluation, JoinsByIdAndShowsBothBaselines) {
  const PredictedSet set = some_set(5);
  const Evaluation a = evaluate(Protocol::intaghand, set.predictions, set.truth, hands());
  const Evaluation b = evaluate(Protocol::intaghand, rows(set.predictions, torch::tensor({4, 2, 0, 1, 3})), set.truth, hands());
  EXPECT_DOUBLE_EQ(a.metrics.all.mpjpe_mm, b.metrics.all.mpjpe_mm);
  EXPECT_GT(a.mean_pose.all.mpjpe_mm, a.mean_pose_true_wrist.all.mpjpe_mm);
  EXPECT_GT(a.mean_pose_true_wrist.all.mpjpe_mm, 1);
  EXPECT_NEAR(a.mean_pose_true_wrist.mrrpe_mm, 0, 20);
  EXPECT_TRUE(a.skipped.empty());
}

TEST(Evaluation, TruthOnItselfIsZeroUnderEveryProtocol) {
  const HandSet truth = some_set(5).truth;
  HandSet same = truth;
  for (const Protocol protocol : {Protocol::intaghand, Protocol::wrist, Protocol::internet})
    EXPECT_LT(evaluate(protocol, same, truth, hands()).metrics.all.mpjpe_mm, 0.01) << name_of(protocol);
}

TEST(Evaluation, CountsWhatTheProtocolLeavesOut) {
  PredictedSet set = some_set(4);
  set.truth.mesh_valid.index_put_({1, 0}, false);
  set.truth.joint_valid.index_put_({2}, false);
  const Evaluation both = evaluate(Protocol::intaghand, set.predictions, set.truth, hands(), {{"image_missing", 3}});
  EXPECT_EQ(both.metrics.samples, 3);
  EXPECT_EQ(both.skipped.at("not_both_hands"), 1);
  EXPECT_EQ(both.skipped.at("image_missing"), 3);
  const Evaluation masked = evaluate(Protocol::interwild, set.predictions, set.truth, hands());
  EXPECT_EQ(masked.metrics.samples, 3);
  EXPECT_EQ(masked.skipped.at("no_valid_joint"), 1);
  set.truth.mesh_valid.fill_(false);
  EXPECT_THAT([&] { evaluate(Protocol::wrist, set.predictions, set.truth, hands()); }, ThrowsError(HasSubstr("interwild")));
}

TEST(Evaluation, TruthOfMeshesAloneHasNoBaselines) {
  const PredictedSet set = some_set(3);
  HandSet truth;
  truth.sample = set.truth.sample;
  truth.vertices = vertices_of(set.truth, hands());
  const Evaluation evaluation = evaluate(Protocol::intaghand, set.predictions, truth, hands());
  EXPECT_TRUE(std::isfinite(evaluation.metrics.all.mpjpe_mm));
  EXPECT_TRUE(std::isnan(evaluation.mean_pose.all.mpjpe_mm));
  const json document = json::parse(evaluation_json({evaluation}));
  EXPECT_TRUE(document["baselines"]["mean_pose"]["mpjpe_mm"].is_null());
}

TEST(Evaluation, JsonIsTheContract) {
  const PredictedSet set = some_set(5, 3);
  const Evaluation evaluation = evaluate(Protocol::intaghand, set.predictions, set.truth, hands(), {{"mano_missing", 2}});
  const json document = json::parse(evaluation_json({evaluation}));
  EXPECT_EQ(document["protocol"], "intaghand");
  EXPECT_EQ(document["samples"], 5);
  EXPECT_EQ(document["skipped"]["mano_missing"], 2);
  EXPECT_DOUBLE_EQ(document["metrics"]["mpjpe_mm"], evaluation.metrics.all.mpjpe_mm);
  for (const char* key : {"mpvpe_mm", "mrrpe_mm", "pa_mpjpe_mm", "pa_mpvpe_mm"}) {
    EXPECT_TRUE(document["metrics"][key].is_number()) << key;
    EXPECT_TRUE(document["baselines"]["mean_pose_true_wrist"][key].is_number()) << key;
  }
  EXPECT_DOUBLE_EQ(document["left"]["pa_mpvpe_mm"], evaluation.metrics.hand.left.pa_mpvpe_mm);
  EXPECT_DOUBLE_EQ((document["right"]["mpjpe_mm"].get<double>() + document["left"]["mpjpe_mm"].get<double>()) / 2,
                   document["metrics"]["mpjpe_mm"]);
  EXPECT_EQ(document["metrics"]["hypotheses"], 3);
  EXPECT_LE(document["metrics"]["best_of_k_mpjpe_mm"].get<double>(), document["metrics"]["mean_of_k_mpjpe_mm"].get<double>());
  EXPECT_EQ(document["per_joint_mm"].size(), 21u);
  EXPECT_TRUE(json::parse(evaluation_json({evaluation, evaluation})).is_array());
}

TEST(Evaluation, TheTableNamesTheProtocolAndShowsTheBaselines) {
  const PredictedSet set = some_set(4);
  const std::string table =
      evaluation_table({evaluate(Protocol::wrist, set.predictions, set.truth, hands(), {{"mano_missing", 2}}),
                        evaluate(Protocol::interwild, set.predictions, set.truth, hands())});
  for (const char* text : {"protocol wrist, 4 samples", "protocol interwild", "MRRPE", "mean pose, true wrist",
                           "skipped, mano_missing: 2", "single hands"})
    EXPECT_THAT(table, HasSubstr(text));
}

TEST(Evaluation, SamplesAreListedForSpreadsheets) {
  const PredictedSet set = some_set(3);
  const std::string csv = sample_csv(evaluate(Protocol::wrist, set.predictions, set.truth, hands()).errors);
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 4);
  EXPECT_THAT(csv, HasSubstr("\ntest/1.jpg,sequence0,"));
}

Patterns patterns_of(const HandSet& set) {
  Patterns patterns;
  patterns.pose = set.pose;
  patterns.shape = set.shape;
  patterns.translation = set.translation;
  for (torch::Tensor* code : {&patterns.source, &patterns.modality, &patterns.split, &patterns.seed})
    *code = torch::zeros({set.size()}, torch::kInt64);
  patterns.sources = patterns.modalities = {"test"};
  return patterns;
}

TEST(PriorEvaluation, MeasuresInTheRightWristsFrame) {
  torch::manual_seed(3);
  InteractionPrior prior(tiny_prior());
  const HandSet truth = some_set(6).truth;
  const PriorEvaluation a = evaluate_prior(prior, hands(), patterns_of(truth), torch::kCPU);
  EXPECT_EQ(a.samples, 6);
  EXPECT_GT(a.joint_mm, a.joint_per_hand_mm * 0.5);
  EXPECT_GT(a.mean_pattern_joint_mm, 1);
  HandSet moved = truth;
  moved.translation = truth.translation + torch::tensor({0.3, -0.2, 0.1});  // the camera moves, the interaction does not
  const PriorEvaluation b = evaluate_prior(prior, hands(), patterns_of(moved), torch::kCPU);
  EXPECT_NEAR(b.joint_mm, a.joint_mm, 1e-2);
  EXPECT_NEAR(b.mean_pattern_joint_mm, a.mean_pattern_joint_mm, 1e-2);
}

TEST(PriorEvaluation, OnePatternIsItsOwnMeanAndMovesNoDimension) {
  torch::manual_seed(3);
  InteractionPrior prior(tiny_prior());
  const PriorEvaluation evaluation = evaluate_prior(prior, hands(), patterns_of(some_set(1).truth), torch::kCPU);
  EXPECT_LT(evaluation.mean_pattern_joint_mm, 0.01);
  EXPECT_EQ(evaluation.active_dimensions, 0);
  EXPECT_THAT([&] { evaluate_prior(prior, hands(), Patterns{}, torch::kCPU); }, ThrowsError(HasSubstr("no patterns")));
}

TEST(PriorEvaluation, PrintsItself) {
  PriorEvaluation evaluation;
  evaluation.samples = 3;
  evaluation.joint_mm = 1.25;
  evaluation.active_dimensions = 7;
  EXPECT_THAT(prior_evaluation_table(evaluation), HasSubstr("active latent dimensions: 7"));
  EXPECT_DOUBLE_EQ(json::parse(prior_evaluation_json(evaluation))["joint_mm"], 1.25);
}

}  // namespace
}  // namespace interprior
