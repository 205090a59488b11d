#include "interprior/infer/evaluation.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "few_images.h"
#include "interprior/metric/table.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using nlohmann::json;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

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
  EXPECT_DOUBLE_EQ(document["metrics"]["best_of_mpjpe_mm"]["3"], evaluation.metrics.best_of_k_mpjpe_mm);
  EXPECT_DOUBLE_EQ(document["metrics"]["spread_rank_correlation"], evaluation.metrics.spread_rank_correlation);
  EXPECT_GT(document["metrics"]["spread_mm"].get<double>(), 0);
  ASSERT_EQ(document["metrics"]["calibration"].size(), 5u);
  EXPECT_EQ(document["metrics"]["calibration"][0]["samples"], 1);
  EXPECT_FALSE(document["baselines"]["mean_pose"].contains("calibration"));
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
  EXPECT_THAT(csv, Not(HasSubstr("spread_mm")));
}

TEST(Evaluation, HypothesesAddTheirColumnsAndSentences) {
  const PredictedSet set = some_set(4, 3);
  const Evaluation evaluation = evaluate(Protocol::intaghand, set.predictions, set.truth, hands());
  std::istringstream lines(sample_csv(evaluation.errors));
  std::string head, first;
  std::getline(lines, head);
  std::getline(lines, first);
  EXPECT_THAT(head, EndsWith(",best_of_k_mpjpe_mm,mean_of_k_mpjpe_mm,spread_mm"));
  EXPECT_THAT(first, EndsWith("," + number(evaluation.errors.spread[0].item<double>(), 4)));
  EXPECT_EQ(std::count(head.begin(), head.end(), ','), std::count(first.begin(), first.end(), ','));
  EXPECT_THAT(evaluation_table({evaluation}), HasSubstr("spread of the hypotheses"));
}

// A set of one draw each is a set of hypotheses too: without a spread.
TEST(Evaluation, OneHypothesisHasNoSpread) {
  PredictedSet set = some_set(4);
  set.predictions.hypotheses_pose = set.predictions.pose.unsqueeze(1);
  set.predictions.hypotheses_shape = set.predictions.shape.unsqueeze(1);
  set.predictions.hypotheses_translation = set.predictions.translation.unsqueeze(1);
  const Evaluation evaluation = evaluate(Protocol::intaghand, set.predictions, set.truth, hands());
  EXPECT_DOUBLE_EQ(evaluation.metrics.best_of_k_mpjpe_mm, evaluation.metrics.mean_of_k_mpjpe_mm);
  EXPECT_FALSE(json::parse(evaluation_json({evaluation}))["metrics"].contains("spread_mm"));
  EXPECT_THAT(evaluation_table({evaluation}), Not(HasSubstr("spread")));
  EXPECT_THAT(sample_csv(evaluation.errors), HasSubstr(",-\n"));
}

TEST(Evaluation, FewerThanOneHypothesisIsRefused) {
  for (const int64_t count : {0, -3}) EXPECT_THAT([&] { some_set(2, count); }, ThrowsError(HasSubstr("hypotheses")));
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

Patterns random_patterns(int64_t count) {
  HandSet set;
  set.sample.resize(static_cast<size_t>(count));
  set.pose = 0.3 * normal_tensor({count, 2, 48}, Seed{21});
  set.shape = 0.5 * normal_tensor({count, 2, 10}, Seed{22});
  set.translation = 0.05 * normal_tensor({count, 2, 3}, Seed{23});
  return patterns_of(set);
}

TEST(PriorEvaluation, JudgesDrawsOfBothKinds) {
  torch::manual_seed(3);
  InteractionPrior prior(tiny_prior());
  const Patterns patterns = random_patterns(30);
  const auto judge = [&](int64_t draws, uint64_t seed) {
    return evaluate_prior(prior, hands(), patterns, torch::kCPU, draws, Seed{seed}).draws;
  };
  EXPECT_EQ(judge(0, 1).drawn, 0);
  const PriorDraws draws = judge(50, 1);
  EXPECT_EQ(draws.drawn, 50);
  for (const SampleQuality* quality : {&draws.standard_normal, &draws.aggregated_posterior}) {
    EXPECT_EQ(quality->to_real.samples, 15) << "as many as the held-out halves that they stand beside";
    EXPECT_EQ(quality->to_real.real_samples, 15);
    EXPECT_EQ(quality->own.samples, 50);
    EXPECT_GT(quality->to_real.frechet_mm2, 0);
  }
  EXPECT_EQ(draws.held_out.to_real.samples, 15);  // one half against the other
  EXPECT_EQ(draws.held_out.to_real.real_samples, 15);
  EXPECT_EQ(draws.held_out.own.samples, 30);
  EXPECT_GT(draws.standard_normal.to_real.frechet_mm2, draws.held_out.to_real.frechet_mm2);  // the prior is not trained
  EXPECT_THAT(draws.feature_space, HasSubstr("right wrist's frame"));
  // A prior that knows nothing of its posterior takes N(0, I) for it, and draws follow from the seed.
  EXPECT_EQ(draws.aggregated_posterior.to_real.frechet_mm2, draws.standard_normal.to_real.frechet_mm2);
  EXPECT_EQ(judge(50, 1).standard_normal.to_real.frechet_mm2, draws.standard_normal.to_real.frechet_mm2);
  EXPECT_NE(judge(50, 2).standard_normal.to_real.frechet_mm2, draws.standard_normal.to_real.frechet_mm2);
  const torch::NoGradGuard no_grad;
  prior->set_aggregate(0.1 * normal_tensor({40, 6}, Seed{5}) + 2);
  const PriorDraws known = judge(50, 1);
  EXPECT_EQ(known.standard_normal.own.diversity_mm, draws.standard_normal.own.diversity_mm);
  EXPECT_LT(known.aggregated_posterior.own.diversity_mm, 0.5 * draws.standard_normal.own.diversity_mm);
}

TEST(PriorEvaluation, TooFewPatternsOrDrawsAreNotJudged) {
  torch::manual_seed(3);
  InteractionPrior prior(tiny_prior());
  const Patterns patterns = random_patterns(12);
  const PriorEvaluation few = evaluate_prior(prior, hands(), first(patterns, 11), torch::kCPU, 20);
  EXPECT_EQ(few.draws.drawn, 0);
  EXPECT_GT(few.joint_mm, 0);
  EXPECT_THAT(prior_evaluation_table(few), HasSubstr("at least 12 held-out patterns"));
  EXPECT_FALSE(json::parse(prior_evaluation_json(few)).contains("held_out"));
  EXPECT_EQ(evaluate_prior(prior, hands(), patterns, torch::kCPU, 20).draws.drawn, 20);
  EXPECT_THAT([&] { evaluate_prior(prior, hands(), patterns, torch::kCPU, 5); }, ThrowsError(HasSubstr("at least 6")));
}

TEST(PriorEvaluation, PrintsDrawsBesideHeldOutPatterns) {
  PriorEvaluation evaluation;
  evaluation.samples = 300;
  evaluation.draws.drawn = 1000;
  evaluation.draws.feature_space = "joints of both hands";
  evaluation.draws.standard_normal.to_real = {150, 150, 1234.6, 0.5, 0.25, 0.75};
  evaluation.draws.aggregated_posterior.own = {1000, 210.25, 0.125, 1.5, 6.25, 0.375};
  evaluation.draws.held_out.to_real = {150, 150, 12, 0.001, 0.9, 0.8};
  const std::string table = prior_evaluation_table(evaluation);
  for (const char* text :
       {"1000 draws of each kind", "z ~ N(0, I)", "aggregated posterior", "held-out patterns", "1235", "210.2", "12.5", "37.5",
        "feature space: joints of both hands", "150 of the draws against 150 held-out patterns"})
    EXPECT_THAT(table, HasSubstr(text));
  const json document = json::parse(prior_evaluation_json(evaluation));
  EXPECT_EQ(document["samples"], 300);
  EXPECT_EQ(document["samples_drawn"], 1000);
  EXPECT_EQ(document["feature_space"], "joints of both hands");
  EXPECT_EQ(document["standard_normal"]["frechet_mm2"], 1234.6);
  EXPECT_EQ(document["standard_normal"]["real_samples"], 150);
  EXPECT_EQ(document["held_out"]["kernel_distance"], 0.001);
  EXPECT_EQ(document["held_out"]["precision"], 0.9);
  EXPECT_EQ(document["held_out"]["recall"], 0.8);
  EXPECT_EQ(document["aggregated_posterior"]["diversity_mm"], 210.25);
  EXPECT_EQ(document["aggregated_posterior"]["penetration_share"], 0.125);
  EXPECT_EQ(document["aggregated_posterior"]["penetration_mm"], 1.5);
  EXPECT_EQ(document["aggregated_posterior"]["largest_penetration_mm"], 6.25);
  EXPECT_EQ(document["aggregated_posterior"]["contact_ratio"], 0.375);
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
