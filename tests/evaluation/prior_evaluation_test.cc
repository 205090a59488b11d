#include "interprior/evaluation/prior_evaluation.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <nlohmann/json.hpp>

#include "infer/few_images.h"
#include "interprior/evaluation/predicted_set.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

const TwoHands& hands() {
  static const TwoHands both(procedural_model());
  return both;
}

PredictedSet some_set(int64_t count) {
  FewImages data(count);
  return predict_set(tiny_sampler(), hands(), data, torch::kCPU);
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

TEST(PriorEvaluation, OnePatternIsItsOwnMeanAndHasNoActiveDimension) {
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

TEST(PriorEvaluation, EvaluatesSamplesOfBothKinds) {
  torch::manual_seed(3);
  InteractionPrior prior(tiny_prior());
  const Patterns patterns = random_patterns(30);
  const auto judge = [&](int64_t count, uint64_t seed) {
    return evaluate_prior(prior, hands(), patterns, torch::kCPU, count, Seed{seed}).sampled;
  };
  EXPECT_EQ(judge(0, 1).count, 0);
  const PriorSamples samples = judge(50, 1);
  EXPECT_EQ(samples.count, 50);
  for (const SampleQuality* quality : {&samples.standard_normal, &samples.aggregated_posterior, &samples.density}) {
    EXPECT_EQ(quality->to_real.samples, 15) << "as many as the held-out halves that they stand beside";
    EXPECT_EQ(quality->to_real.real_samples, 15);
    EXPECT_EQ(quality->own.samples, 50);
    EXPECT_GT(quality->to_real.frechet_mm2, 0);
  }
  EXPECT_EQ(samples.separated.own.samples, 15);
  EXPECT_LE(samples.separated.own.penetration_mm, samples.density.own.penetration_mm);
  EXPECT_EQ(samples.reconstructed.own.samples, 30);
  EXPECT_EQ(samples.held_out.to_real.samples, 15);  // one half against the other
  EXPECT_EQ(samples.held_out.to_real.real_samples, 15);
  EXPECT_EQ(samples.held_out.own.samples, 30);
  EXPECT_GT(samples.standard_normal.to_real.frechet_mm2, samples.held_out.to_real.frechet_mm2);  // the prior is not trained
  EXPECT_THAT(samples.feature_space, HasSubstr("right wrist's frame"));
  // A prior without posterior statistics uses N(0, I), and samples depend on the random seed alone.
  EXPECT_EQ(samples.aggregated_posterior.to_real.frechet_mm2, samples.standard_normal.to_real.frechet_mm2);
  EXPECT_EQ(judge(50, 1).standard_normal.to_real.frechet_mm2, samples.standard_normal.to_real.frechet_mm2);
  EXPECT_NE(judge(50, 2).standard_normal.to_real.frechet_mm2, samples.standard_normal.to_real.frechet_mm2);
  const torch::NoGradGuard no_grad;
  prior->set_aggregate(0.1 * normal_tensor({40, 6}, Seed{5}) + 2);
  const PriorSamples known = judge(50, 1);
  EXPECT_EQ(known.standard_normal.own.diversity_mm, samples.standard_normal.own.diversity_mm);
  EXPECT_LT(known.aggregated_posterior.own.diversity_mm, 0.5 * samples.standard_normal.own.diversity_mm);
  EXPECT_EQ(known.density.own.diversity_mm, known.aggregated_posterior.own.diversity_mm);  // no flow, temperature 1
  prior->set_temperature(0.5);
  EXPECT_LT(judge(50, 1).density.own.diversity_mm, 0.7 * known.density.own.diversity_mm);
  EXPECT_EQ(judge(50, 1).aggregated_posterior.own.diversity_mm, known.aggregated_posterior.own.diversity_mm);
}

// Patterns sampled from the prior at a known temperature must be assigned this temperature.
TEST(PriorEvaluation, TemperatureIsThatOfTheSampledPatterns) {
  torch::manual_seed(3);
  InteractionPrior prior(tiny_prior());
  const torch::NoGradGuard no_grad;
  for (const double temperature : {0.8, 1.0, 1.15}) {
    const torch::Tensor noise = temperature * normal_tensor({1500, prior->config().latent}, Seed{8});
    const Interaction interaction = prior->decode(prior->from_aggregate(noise), hands());
    const torch::Tensor upright = torch::eye(3).expand({1500, 3, 3});
    const PatternBatch rows = pattern_from(pose_from(interaction, upright), hands());
    Patterns patterns = random_patterns(1500);
    patterns.pose = rows.pose;
    patterns.shape = rows.shape;
    patterns.translation = rows.translation;
    EXPECT_NEAR(calibrated_temperature(prior, hands(), patterns, torch::kCPU, Seed{9}), temperature, 0.051) << temperature;
    EXPECT_EQ(calibrated_temperature(prior, hands(), first(patterns, 11), torch::kCPU, Seed{9}), 1);
  }
}

TEST(PriorEvaluation, TooFewPatternsOrSamplesAreNotEvaluated) {
  torch::manual_seed(3);
  InteractionPrior prior(tiny_prior());
  const Patterns patterns = random_patterns(12);
  const PriorEvaluation few = evaluate_prior(prior, hands(), first(patterns, 11), torch::kCPU, 20);
  EXPECT_EQ(few.sampled.count, 0);
  EXPECT_GT(few.joint_mm, 0);
  EXPECT_THAT(prior_evaluation_table(few), HasSubstr("at least 12 held-out patterns"));
  EXPECT_FALSE(json::parse(prior_evaluation_json(few)).contains("held_out"));
  EXPECT_EQ(evaluate_prior(prior, hands(), patterns, torch::kCPU, 20).sampled.count, 20);
  EXPECT_THAT([&] { evaluate_prior(prior, hands(), patterns, torch::kCPU, 5); }, ThrowsError(HasSubstr("at least 6")));
}

TEST(PriorEvaluation, PrintsSamplesBesideHeldOutPatterns) {
  PriorEvaluation evaluation;
  evaluation.samples = 300;
  evaluation.sampled.count = 1000;
  evaluation.sampled.feature_space = "joints of both hands";
  evaluation.sampled.standard_normal.to_real = {150, 150, 1234.6, 0.5, 0.25, 0.75};
  evaluation.sampled.aggregated_posterior.own = {1000, 210.25, 0.125, 1.5, 6.25, 0.375};
  evaluation.sampled.held_out.to_real = {150, 150, 12, 0.001, 0.9, 0.8};
  const std::string table = prior_evaluation_table(evaluation);
  for (const char* text :
       {"1000 samples of each kind", "z ~ N(0, I)", "aggregated posterior", "held-out patterns", "1235", "210.2", "12.5", "37.5",
        "feature space: joints of both hands", "150 of the samples against 150 held-out patterns"})
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

TEST(PriorEvaluation, PrintsAsATable) {
  PriorEvaluation evaluation;
  evaluation.samples = 3;
  evaluation.joint_mm = 1.25;
  evaluation.active_dimensions = 7;
  EXPECT_THAT(prior_evaluation_table(evaluation), HasSubstr("active latent dimensions: 7"));
  EXPECT_DOUBLE_EQ(json::parse(prior_evaluation_json(evaluation))["joint_mm"], 1.25);
}

}  // namespace
}  // namespace interprior
