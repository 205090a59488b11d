#include "interprior/evaluation/evaluation.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "infer/few_images.h"
#include "interprior/base/table.h"
#include "interprior/evaluation/predicted_set.h"
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
  PredictionOptions options;
  options.batch = 4;
  options.workers = 0;
  options.hypotheses = hypotheses;
  return predict_set(tiny_sampler(), hands(), data, torch::kCPU, options);
}

TEST(Evaluation, JoinsByIdAndReportsBothBaselines) {
  const PredictedSet set = some_set(5);
  const Evaluation a = evaluate(Protocol::intaghand, set.predictions, set.truth, hands());
  const Evaluation b = evaluate(Protocol::intaghand, rows(set.predictions, torch::tensor({4, 2, 0, 1, 3})), set.truth, hands());
  EXPECT_DOUBLE_EQ(a.metrics.at("mpjpe_mm"), b.metrics.at("mpjpe_mm"));
  EXPECT_GT(a.mean_pose.at("mpjpe_mm"), a.mean_pose_gt_orientation.at("mpjpe_mm"));
  EXPECT_GT(a.mean_pose_gt_orientation.at("mpjpe_mm"), 1);
  EXPECT_NEAR(a.mean_pose_gt_orientation.at("mrrpe_mm"), 0, 20);
  EXPECT_TRUE(a.skipped.empty());
}

TEST(Evaluation, GroundTruthAgainstItselfIsZeroUnderEveryProtocol) {
  const HandSet truth = some_set(5).truth;
  HandSet same = truth;
  for (const Protocol protocol : {Protocol::intaghand, Protocol::wrist, Protocol::internet})
    EXPECT_LT(evaluate(protocol, same, truth, hands()).metrics.at("mpjpe_mm"), 0.01) << name_of(protocol);
}

TEST(Evaluation, CountsSamplesThatTheProtocolSkips) {
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

TEST(Evaluation, GroundTruthWithOnlyMeshesHasNoBaselines) {
  const PredictedSet set = some_set(3);
  HandSet truth;
  truth.sample = set.truth.sample;
  truth.vertices = vertices_of(set.truth, hands());
  const Evaluation evaluation = evaluate(Protocol::intaghand, set.predictions, truth, hands());
  EXPECT_TRUE(std::isfinite(evaluation.metrics.at("mpjpe_mm")));
  EXPECT_TRUE(std::isnan(evaluation.mean_pose.at("mpjpe_mm")));
  const json document = json::parse(evaluation_json({evaluation}));
  EXPECT_TRUE(document["baselines"]["mean_pose"]["mpjpe_mm"].is_null());
}

TEST(Evaluation, GroundTruthWithoutManoHasNoBaselines) {
  PredictedSet set = some_set(4);
  set.truth.mesh_valid.fill_(false);
  const Evaluation none = evaluate(Protocol::interwild, set.predictions, set.truth, hands());
  EXPECT_TRUE(std::isfinite(none.metrics.at("mpjpe_mm")));
  EXPECT_TRUE(std::isnan(none.mean_pose.at("mpjpe_mm")) && std::isnan(none.mean_pose.at("joint_2d_px")));
  EXPECT_TRUE(std::isnan(none.mean_pose_gt_orientation.at("mpjpe_mm")));
  set.truth.mesh_valid.select(1, 0).fill_(true);  // MANO of right hands only: no mean of left hands
  const Evaluation right = evaluate(Protocol::interwild, set.predictions, set.truth, hands());
  EXPECT_TRUE(std::isfinite(right.mean_pose.at("mpjpe_mm", Side::right)));
  EXPECT_TRUE(std::isnan(right.mean_pose.at("mpjpe_mm", Side::left)));
}

TEST(Evaluation, ValidationSkipsAndCountsImplausibleSamples) {
  PredictedSet set = some_set(6);
  const Evaluation sound = evaluate(Protocol::intaghand, rows(set.predictions, 0, 4), rows(set.truth, 0, 4), hands());
  set.predictions.translation.index_put_({4}, 1e7);
  set.predictions.pose.index_put_({5, 0, 3}, std::numeric_limits<double>::quiet_NaN());
  const Evaluation evaluation = evaluate(Protocol::intaghand, set.predictions, set.truth, hands());
  EXPECT_EQ(evaluation.metrics.samples, 4);
  EXPECT_EQ(evaluation.metrics.left_out.implausible_hands, 3);
  EXPECT_EQ(evaluation.skipped.at("implausible_prediction"), 2);
  EXPECT_EQ(evaluation.skipped.count("no_valid_joint"), 0u);
  EXPECT_DOUBLE_EQ(evaluation.metrics.at("mpjpe_mm"), sound.metrics.at("mpjpe_mm"));
  set.predictions.translation.fill_(std::numeric_limits<double>::infinity());
  const Evaluation nothing = evaluate(Protocol::intaghand, set.predictions, set.truth, hands());
  EXPECT_EQ(nothing.metrics.samples, 0);
  EXPECT_TRUE(std::isnan(nothing.metrics.at("mpjpe_mm")));
  EXPECT_TRUE(std::isfinite(nothing.mean_pose.at("mpjpe_mm")));
  EXPECT_THAT(evaluation_table({nothing}), HasSubstr("implausible_prediction: 6"));
  EXPECT_TRUE(json::parse(evaluation_json({nothing}))["metrics"]["mpjpe_mm"].is_null());
}

// Warnings for sets as `evaluate --predictions` reads them from files.
std::vector<std::string> warnings_of(const HandSet& predictions, const HandSet& truth) {
  EvaluationOptions options;
  options.measure.surfaces = false;
  return evaluate(std::vector{Protocol::intaghand}, HandSets(predictions, "p.h5"), HandSets(truth, "t.h5"), hands(), options)
      .front()
      .warnings;
}

TEST(Evaluation, DoubtfulPredictionsHaveWarnings) {
  const HandSet truth = some_set(8).truth;
  EXPECT_THAT(warnings_of(truth, truth), ::testing::IsEmpty());
  HandSet mean = mean_pose_baseline(truth, hands());
  EXPECT_THAT(warnings_of(mean, truth), ::testing::Contains(HasSubstr("no better than the mean pose")));
  const auto with = [&](const std::function<void(HandSet&)>& change) {
    HandSet set;
    set.sample = truth.sample;
    set.pose = truth.pose.clone();
    set.shape = truth.shape.clone();
    set.translation = truth.translation.clone();
    change(set);
    return set;
  };
  EXPECT_THAT(warnings_of(with([](HandSet& set) {
                            for (torch::Tensor* tensor : {&set.pose, &set.shape, &set.translation}) *tensor = tensor->flip(1);
                          }),
                          truth),
              ::testing::Contains(HasSubstr("exchanged, the MPJPE of the first 8 samples would be 0.00 mm")));
  for (const double times : {1.0, -1.0}) {
    const auto warnings = warnings_of(with([&](HandSet& set) {
                                        for (const Side side : kSides)
                                          set.pose.select(1, static_cast<int64_t>(side)).slice(1, 3) +=
                                              times * hands().model.hand[side].hands_mean;
                                      }),
                                      truth);
    EXPECT_THAT(warnings, ::testing::Contains(HasSubstr(times > 0 ? "added twice" : "never added"))) << times;
  }
}

TEST(Evaluation, JsonHasTheDocumentedKeys) {
  const PredictedSet set = some_set(5, 3);
  const Evaluation evaluation = evaluate(Protocol::intaghand, set.predictions, set.truth, hands(), {{"mano_missing", 2}});
  const json document = json::parse(evaluation_json({evaluation}));
  EXPECT_EQ(document["protocol"], "intaghand");
  EXPECT_EQ(document["samples"], 5);
  EXPECT_EQ(document["skipped"]["mano_missing"], 2);
  EXPECT_DOUBLE_EQ(document["metrics"]["mpjpe_mm"], evaluation.metrics.at("mpjpe_mm"));
  for (const char* key : {"mpvpe_mm", "mrrpe_mm", "pa_mpjpe_mm", "pa_mpvpe_mm"}) {
    EXPECT_TRUE(document["metrics"][key].is_number()) << key;
    EXPECT_TRUE(document["baselines"]["mean_pose_true_wrist"][key].is_number()) << key;
  }
  EXPECT_DOUBLE_EQ(document["left"]["pa_mpvpe_mm"], evaluation.metrics.at("pa_mpvpe_mm", Side::left));
  EXPECT_DOUBLE_EQ((document["right"]["mpjpe_mm"].get<double>() + document["left"]["mpjpe_mm"].get<double>()) / 2,
                   document["metrics"]["mpjpe_mm"]);
  EXPECT_EQ(document["metrics"]["hypotheses"], 3);
  EXPECT_LE(document["metrics"]["best_of_k_mpjpe_mm"].get<double>(), document["metrics"]["mean_of_k_mpjpe_mm"].get<double>());
  EXPECT_DOUBLE_EQ(document["metrics"]["best_of_mpjpe_mm"]["3"], evaluation.metrics.at("best_of_k_mpjpe_mm"));
  EXPECT_DOUBLE_EQ(document["metrics"]["spread_rank_correlation"], evaluation.metrics.stddev_rank_correlation);
  EXPECT_GT(document["metrics"]["spread_mm"].get<double>(), 0);
  ASSERT_EQ(document["metrics"]["calibration"].size(), 5u);
  EXPECT_EQ(document["metrics"]["calibration"][0]["samples"], 1);
  EXPECT_FALSE(document["baselines"]["mean_pose"].contains("calibration"));
  EXPECT_EQ(document["per_joint_mm"].size(), 21u);
  EXPECT_TRUE(json::parse(evaluation_json({evaluation, evaluation})).is_array());
}

TEST(Evaluation, OneTableNamesEveryProtocolAndShowsTheBaselines) {
  const PredictedSet set = some_set(4);
  const std::string table =
      evaluation_table({evaluate(Protocol::wrist, set.predictions, set.truth, hands(), {{"mano_missing", 2}}),
                        evaluate(Protocol::interwild, set.predictions, set.truth, hands())});
  for (const char* text : {"\nwrist ", "\ninterwild ",
                           "wrist: 4 samples, box not stated; root-aligned at the wrist, scaled by the wrist-MCP bone length",
                           "MRRPE", "mean pose, GT orientation", "skipped, mano_missing: 2", "single hands",
                           "ground-truth joints annotated, valid joints only"})
    EXPECT_THAT(table, HasSubstr(text));
}

TEST(Evaluation, ImagesThatAProtocolDoesNotCountNeedNoPrediction) {
  PredictedSet set = some_set(4);
  set.truth.mesh_valid.index_put_({1, 0}, false);
  const HandSet predicted = rows(set.predictions, torch::tensor({0, 2, 3}));
  EXPECT_EQ(evaluate(Protocol::wrist, predicted, set.truth, hands()).metrics.samples, 3);
  EXPECT_THAT([&] { evaluate(Protocol::interwild, predicted, set.truth, hands()); }, ThrowsError(HasSubstr("no prediction")));
}

TEST(Evaluation, MissingAndSurplusPredictionsAreErrorsBeforeTheEvaluation) {
  const PredictedSet set = some_set(4);
  EvaluationOptions options;
  options.measure.surfaces = false;
  int64_t measured = 0;
  options.each = [&](Protocol, const SampleErrors& errors) { measured += static_cast<int64_t>(errors.sample.size()); };
  const auto evaluated = [&](const HandSet& predictions, const HandSet& truth) {
    return [&, predictions, truth] {
      evaluate(std::vector{Protocol::wrist}, HandSets(predictions), HandSets(truth), hands(), options);
    };
  };
  EXPECT_THAT(evaluated(rows(set.predictions, 0, 3), set.truth), ThrowsError(HasSubstr("no prediction")));
  EXPECT_THAT(evaluated(set.predictions, rows(set.truth, 0, 3)), ThrowsError(HasSubstr("no ground truth")));
  EXPECT_EQ(measured, 0);
  evaluated(set.predictions, set.truth)();
  EXPECT_EQ(measured, 4);
}

TEST(Evaluation, AHandWithoutManoHasNoGroundTruthWristAndMayHaveAnyValue) {
  PredictedSet set = some_set(5);
  const Evaluation whole = evaluate(Protocol::interwild, set.predictions, set.truth, hands());
  set.truth.mesh_valid.index_put_({1, 0}, false);
  for (torch::Tensor* numbers : {&set.truth.pose, &set.truth.translation})
    numbers->index_put_({1, 0}, std::numeric_limits<double>::quiet_NaN());
  const Evaluation less = evaluate(Protocol::interwild, set.predictions, set.truth, hands());
  EXPECT_NEAR(less.mean_pose_gt_orientation.at("mpjpe_mm"), whole.mean_pose_gt_orientation.at("mpjpe_mm"), 5);
  EXPECT_LT(less.mean_pose_gt_orientation.at("mrrpe_mm"), 1);
  EXPECT_NEAR(less.metrics.at("mpjpe_mm"), whole.metrics.at("mpjpe_mm"), 1e-9);  // its joints are still annotated
}

TEST(Evaluation, IdsOfAnyBytesAreWritten) {
  PredictedSet set = some_set(2);
  set.truth.sample[0] = set.predictions.sample[0] = "test/\xe9.jpg";
  EXPECT_FALSE(json::parse(evaluation_json({evaluate(Protocol::wrist, set.predictions, set.truth, hands())}), nullptr, false)
                   .is_discarded());
}

TEST(Evaluation, LatexRowsNameProtocolAndBox) {
  const PredictedSet set = some_set(3);
  Evaluation evaluation = evaluate(Protocol::wrist, set.predictions, set.truth, hands());
  evaluation.box = "oracle";
  const std::string rows = evaluation_latex({evaluation}, "our_method");
  EXPECT_THAT(rows, HasSubstr("our\\_method & wrist (oracle) & " + number(evaluation.metrics.at("mpjpe_mm")) + " & "));
  EXPECT_THAT(rows, EndsWith("\\\\\n"));
}

SampleErrors errors_of(const PredictedSet& set, Protocol protocol) {
  return sample_errors(protocol, set.predictions, set.truth, hands(), {.surfaces = false});
}

TEST(Evaluation, SamplesAreListedOneMetricARow) {
  const PredictedSet set = some_set(3, 2);
  const SampleErrors errors = errors_of(set, Protocol::wrist);
  const std::string csv = sample_csv_rows(Protocol::wrist, errors);
  EXPECT_EQ(sample_csv_head(), "protocol,sample,group,metric,value\n");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 3 * (2 * 5 + 3 + 3));  // per hand, sample, hypotheses
  EXPECT_THAT(csv,
              HasSubstr("\nwrist,test/1.jpg,sequence0,left_mpjpe_mm," + number(errors.joint[1][1].item<double>(), 6) + "\n"));
  EXPECT_THAT(
      csv, HasSubstr("\nwrist,test/2.jpg,sequence1,spread_mm," + number(errors.hypothesis.stddev[2].item<double>(), 6) + "\n"));
  EXPECT_THAT(sample_csv_rows(Protocol::wrist, errors_of(some_set(3), Protocol::wrist)), Not(HasSubstr("spread_mm")));
}

TEST(Evaluation, HypothesesAddTheirLinesToTheTable) {
  const PredictedSet set = some_set(4, 3);
  EXPECT_THAT(evaluation_table({evaluate(Protocol::intaghand, set.predictions, set.truth, hands())}),
              HasSubstr("spread of the hypotheses"));
}

// K = 1 also counts as hypotheses, without a standard deviation.
TEST(Evaluation, OneHypothesisHasNoStddev) {
  PredictedSet set = some_set(4);
  set.predictions.hypotheses_pose = set.predictions.pose.unsqueeze(1);
  set.predictions.hypotheses_shape = set.predictions.shape.unsqueeze(1);
  set.predictions.hypotheses_translation = set.predictions.translation.unsqueeze(1);
  const Evaluation evaluation = evaluate(Protocol::intaghand, set.predictions, set.truth, hands());
  EXPECT_DOUBLE_EQ(evaluation.metrics.at("best_of_k_mpjpe_mm"), evaluation.metrics.at("mean_of_k_mpjpe_mm"));
  EXPECT_FALSE(json::parse(evaluation_json({evaluation}))["metrics"].contains("spread_mm"));
  EXPECT_THAT(evaluation_table({evaluation}), Not(HasSubstr("spread")));
  EXPECT_THAT(sample_csv_rows(Protocol::intaghand, errors_of(set, Protocol::intaghand)), Not(HasSubstr("spread_mm")));
}

TEST(Evaluation, FewerThanOneHypothesisIsRefused) {
  for (const int64_t count : {0, -3}) EXPECT_THAT([&] { some_set(2, count); }, ThrowsError(HasSubstr("hypotheses")));
}

}  // namespace
}  // namespace interprior
