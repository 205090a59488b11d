#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <nlohmann/json.hpp>

#include "fixture.h"
#include "interprior/base/files/safetensors.h"
#include "interprior/base/files/tensor_file.h"
#include "interprior/data/patterns.h"
#include "interprior/hand/mano_model.h"

// Every command end to end: exit code, output, files.
namespace interprior {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Commands : public ::testing::Test {
 protected:
  Outcome run(const Words& words) const { return run_program(words, folder_.path()); }
  // Requires exit code 0 and no line with "error:".
  Outcome expect_done(const Words& words) const {
    const Outcome outcome = run(words);
    EXPECT_EQ(outcome.exit_code, 0) << words[0] << "\n" << outcome.err;
    EXPECT_THAT(outcome.errors(), IsEmpty());
    return outcome;
  }
  // Requires that --json prints only one JSON value.
  json expect_json(const Words& words) const {
    const Outcome outcome = expect_done(words);
    const json value = json::parse(outcome.out, nullptr, false);
    EXPECT_FALSE(value.is_discarded()) << outcome.out;
    return value;
  }
  void expect_file(const std::filesystem::path& file) const {
    EXPECT_TRUE(std::filesystem::is_regular_file(file)) << file;
    if (std::filesystem::is_regular_file(file)) {
      EXPECT_GT(std::filesystem::file_size(file), 0u) << file;
    }
  }

  const Fixture& fixture_ = fixture();
  TemporaryDirectory folder_;
};

// Requires bitwise equal weights of two checkpoints.
void expect_same_weights(const std::filesystem::path& a, const std::filesystem::path& b) {
  const Safetensors one(a), other(b);
  EXPECT_EQ(one.names(), other.names());
  ASSERT_FALSE(one.names().empty());
  for (const std::string& name : one.names())
    EXPECT_TRUE(torch::equal(one.tensor(name), other.tensor(name)))
        << name << " differs by "
        << (one.tensor(name).to(torch::kFloat64) - other.tensor(name).to(torch::kFloat64)).abs().max().item<double>();
}

TEST_F(Commands, PrepareHandWritesTheDocumentedArrays) {
  const TensorFileReader hand(fixture_.hand(), "interprior.hand", 1);
  EXPECT_EQ(hand.attribute("source"), "procedural");
  for (const char* side : {"right", "left"})
    for (const char* name : {"v_template", "shapedirs", "posedirs", "J_regressor", "weights", "faces", "hands_mean", "tips"})
      EXPECT_TRUE(hand.has(std::string(side) + "/" + name)) << side << "/" << name;
}

TEST_F(Commands, SynthesisIsAFunctionOfItsSeed) {
  const auto patterns = [&](const std::string& file, const std::string& seed) {
    expect_done({"synthesize", "patterns", file, "--hand", fixture_.hand().string(), "--count", "12", "--seed", seed});
    return TensorFileReader(folder_ / file, "interprior.patterns", 1).read("pose", torch::kFloat64);
  };
  const torch::Tensor first = patterns("a.h5", "7"), again = patterns("b.h5", "7"), other = patterns("c.h5", "8");
  EXPECT_EQ(first.sizes(), (std::vector<int64_t>{12, 2, 48}));
  EXPECT_TRUE(torch::equal(first, again));
  EXPECT_FALSE(torch::equal(first, other));
}

TEST_F(Commands, SynthesisedImagesHaveInterHandsLayout) {
  for (const char* split : {"train", "val", "test"}) {
    expect_file(fixture_.images() / "annotations" / split / ("InterHand2.6M_" + std::string(split) + "_data.json"));
    expect_file(fixture_.images() / "annotations" / split / ("InterHand2.6M_" + std::string(split) + "_camera.json"));
    expect_file(fixture_.images() / "annotations" / split / ("InterHand2.6M_" + std::string(split) + "_joint_3d.json"));
    expect_file(fixture_.images() / "annotations" / split / ("InterHand2.6M_" + std::string(split) + "_MANO_NeuralAnnot.json"));
  }
}

TEST_F(Commands, TrainingLeavesARunFolder) {
  for (const auto& run : {fixture_.prior_run(), fixture_.sampler_run()}) {
    expect_file(run / "config.yaml");
    expect_file(run / "log.jsonl");
    expect_file(run / "checkpoints/last.safetensors");
    expect_file(run / "checkpoints/last.resume.safetensors");
    bool events = false;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(run))
      events |= entry.path().filename().string().find("tfevents") != std::string::npos;
    EXPECT_TRUE(events) << "no TensorBoard events in " << run;
    std::istringstream log(bytes_of(run / "log.jsonl"));
    for (std::string line; std::getline(log, line);) EXPECT_FALSE(json::parse(line, nullptr, false).is_discarded()) << line;
  }
}

TEST_F(Commands, TrainingRefusesToOverwriteARun) {
  const Outcome outcome = run(fixture_.train_prior(fixture_.prior_run(), 8));
  EXPECT_EQ(outcome.exit_code, 1);
  ASSERT_EQ(outcome.errors().size(), 1u) << outcome.err;
  EXPECT_THAT(outcome.errors()[0], HasSubstr("--resume"));
}

// 2N steps equal N steps, a resume, and N more, bitwise. With constant schedules, as those of a run of N steps end sooner.
TEST_F(Commands, ResumedPriorEqualsTheUninterruptedOne) {
  const Words constant = {"fit.warmup=0", "fit.min_lr_ratio=1", "loss.kl_warmup=0"};
  expect_done(fixture_.train_prior(folder_ / "straight", 8, constant));
  expect_done(fixture_.train_prior(folder_ / "halves", 4, constant));
  expect_done(fixture_.train_prior(folder_ / "halves", 8, constant) + Words{"--resume"});
  expect_same_weights(folder_ / "straight/checkpoints/last.safetensors", folder_ / "halves/checkpoints/last.safetensors");
  expect_same_weights(folder_ / "straight/checkpoints/last.resume.safetensors",
                      folder_ / "halves/checkpoints/last.resume.safetensors");
}

TEST_F(Commands, ResumedSamplerEqualsTheUninterruptedOne) {
  expect_done(fixture_.train_sampler(folder_ / "straight", 4));
  expect_done(fixture_.train_sampler(folder_ / "halves", 4) + Words{"--stop-after", "2"});
  EXPECT_EQ(Safetensors(folder_ / "halves/checkpoints/last.safetensors").metadata().at("step"), "2");
  expect_done(fixture_.train_sampler(folder_ / "halves", 4) + Words{"--resume"});
  expect_same_weights(folder_ / "straight/checkpoints/last.safetensors", folder_ / "halves/checkpoints/last.safetensors");
}

// With schedules: a run that is stopped at some step and resumed ends like an uninterrupted one.
TEST_F(Commands, TheSamplerStartsFromTheCueStage) {
  const std::filesystem::path cues = folder_ / "cues", last = cues / "checkpoints/last.safetensors";
  expect_done(fixture_.train_cues(cues, 4, {"data.views=60"}));
  expect_file(cues / "report.html");
  const Outcome begun = expect_done(fixture_.train_sampler(folder_ / "run", 2, {"cues=" + last.string(), "extraction_first=1"}));
  EXPECT_THAT(begun.err, HasSubstr("tensors loaded, 0 kept"));
  // Only the extraction is trained: fusion and sampling equal those of the cue stage.
  const Safetensors before(last), after(folder_ / "run/checkpoints/last.safetensors");
  int64_t compared = 0;
  for (const std::string& name : before.names())
    if (name.rfind("averaged.fusion.", 0) == 0 || name.rfind("averaged.sampling.", 0) == 0) {
      EXPECT_TRUE(torch::equal(before.tensor(name), after.tensor(name.substr(9)))) << name;
      ++compared;
    }
  EXPECT_GT(compared, 20);
  // A cue stage is no sampler.
  const Outcome refused = run({"evaluate", last.string(), "--data", fixture_.images().string()});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("cues"));
}

TEST_F(Commands, ResumedCueStageEqualsTheUninterruptedOne) {
  expect_done(fixture_.train_cues(folder_ / "whole", 5));
  expect_done(fixture_.train_cues(folder_ / "parts", 5) + Words{"--stop-after", "2"});
  expect_done(fixture_.train_cues(folder_ / "parts", 5) + Words{"--resume"});
  expect_same_weights(folder_ / "whole/checkpoints/last.safetensors", folder_ / "parts/checkpoints/last.safetensors");
}

TEST_F(Commands, ATerminatedRunResumesToTheSameEnd) {
  const int64_t steps = 60;
  expect_done(fixture_.train_prior(folder_ / "straight", steps));
  Program program(fixture_.train_prior(folder_ / "stopped", steps), folder_.path());
  const auto lines = [&] {
    const std::string log = bytes_of(folder_ / "stopped/log.jsonl");
    return std::count(log.begin(), log.end(), '\n');
  };
  ASSERT_TRUE(program.wait_for([&] { return lines() >= 3; })) << program.finish().err;
  program.send(SIGTERM);
  EXPECT_EQ(program.finish().exit_code, 0);
  EXPECT_LT(lines(), steps) << "the run ended before it was stopped";
  expect_done(fixture_.train_prior(folder_ / "stopped", steps) + Words{"--resume"});
  expect_same_weights(folder_ / "straight/checkpoints/last.safetensors", folder_ / "stopped/checkpoints/last.safetensors");
}

TEST_F(Commands, CtrlCEndsATrainingAndReportsItsProgress) {
  Program program(fixture_.train_prior(folder_ / "run", 100000), folder_.path());
  ASSERT_TRUE(program.wait_for([&] { return bytes_of(folder_ / "run/log.jsonl").size() > 300; })) << program.error_output();
  program.send(SIGINT);
  const Outcome outcome = program.finish();
  EXPECT_EQ(outcome.exit_code, 130) << outcome.err;
  EXPECT_THAT(outcome.err, testing::ContainsRegex("interrupted: stopped at [0-9]+ of 100000; --resume continues"));
  EXPECT_EQ(outcome.err.find("error:"), std::string::npos) << outcome.err;
  expect_file(folder_ / "run/report.html");
  expect_done(fixture_.train_prior(folder_ / "run", 100000) + Words{"--resume", "--stop-after", "1"});
}

TEST_F(Commands, EvaluatePrior) {
  const json result =
      expect_json({"evaluate", fixture_.prior().string(), "--data", fixture_.patterns().string(), "--samples", "64", "--json"});
  ASSERT_TRUE(result.contains("joint_mm")) << result;
  EXPECT_GT(result["samples"].get<int64_t>(), 0);
  EXPECT_GT(result["joint_mm"].get<double>(), 0);
  EXPECT_GT(result["mean_pattern_joint_mm"].get<double>(), 0);
  ASSERT_EQ(result["samples_drawn"], 64) << result;
  for (const char* kind : {"standard_normal", "aggregated_posterior", "held_out"})
    for (const char* name : {"frechet_mm2", "kernel_distance", "precision", "recall", "diversity_mm", "penetration_share",
                             "penetration_mm", "largest_penetration_mm", "contact_ratio"})
      EXPECT_TRUE(result[kind][name].is_number()) << kind << " " << name;
  for (const char* kind : {"standard_normal", "held_out"})  // with equal numbers: half of the held-out patterns
    for (const char* name : {"samples", "real_samples"})
      EXPECT_EQ(result[kind][name].get<int64_t>(), result["samples"].get<int64_t>() / 2) << kind << " " << name;
}

TEST_F(Commands, SampledPatternsAreDeterminedByTheSeed) {
  const Words sample = {"sample", fixture_.prior().string(), "--count", "6", "--seed", "5", "--out"};
  expect_done(sample + Words{"a.h5"});
  expect_done(sample + Words{"b.h5", "--draw", "sheet"});
  EXPECT_EQ(bytes_of(folder_ / "a.h5"), bytes_of(folder_ / "b.h5"));
  expect_file(folder_ / "sheet/contact_sheet.png");
  expect_file(folder_ / "sheet/draw_0005.glb");
  const Patterns sampled = read_patterns(folder_ / "a.h5");
  EXPECT_EQ(sampled.size(), 6);
  expect_done({"sample", fixture_.prior().string(), "--count", "6", "--seed", "6", "--out", "other.h5"});
  EXPECT_FALSE(torch::allclose(read_patterns(folder_ / "other.h5").pose, sampled.pose));
  expect_done(
      {"sample", fixture_.prior().string(), "--count", "4", "--seed", "5", "--interpolate", "1", "3", "--out", "walk.h5"});
  const Patterns walk = read_patterns(folder_ / "walk.h5");
  ASSERT_EQ(walk.size(), 4);
  EXPECT_TRUE(torch::allclose(walk.pose[0], sampled.pose[1], 1e-3, 1e-3));
  EXPECT_TRUE(torch::allclose(walk.pose[3], sampled.pose[3], 1e-3, 1e-3));
}

TEST_F(Commands, SampleRefusesOtherCheckpointsAndHands) {
  const auto refused = [&](const Words& words, const std::string& because) {
    const Outcome outcome = run(words + Words{"--out", "x.h5"});
    EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(because));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "x.h5"));
  };
  refused({"sample", fixture_.sampler().string()}, "one of kind prior is required");
  HandModel other = read_hand_model(fixture_.hand());
  for (const Side side : kSides) other.hand[side].v_template = other.hand[side].v_template * 1.01;
  write_hand_model(folder_ / "other.h5", other);
  refused({"sample", fixture_.prior().string(), "--hand", "other.h5"}, "other.h5");
  refused({"sample", fixture_.prior().string(), "--count", "1", "--interpolate", "0", "1"}, "--count");
}

TEST_F(Commands, EvaluateSamplerUnderTwoProtocolsAndAgainFromItsPredictions) {
  const json result = expect_json({"evaluate", fixture_.sampler().string(), "--data", fixture_.images().string(), "--protocol",
                                   "intaghand", "--protocol", "wrist", "--out", "evaluation", "--json"});
  ASSERT_TRUE(result.is_array()) << result;
  ASSERT_EQ(result.size(), 2u);
  EXPECT_EQ(result[0]["protocol"], "intaghand");
  EXPECT_EQ(result[1]["protocol"], "wrist");
  for (const json& one : result) {
    EXPECT_GT(one["samples"].get<int64_t>(), 0);
    EXPECT_TRUE(one["skipped"].is_object());
    for (const char* name : {"mpjpe_mm", "mpvpe_mm", "mrrpe_mm", "pa_mpjpe_mm", "pa_mpvpe_mm"})
      EXPECT_GT(one["metrics"][name].get<double>(), 0) << name;
    const double sides = (one["right"]["mpjpe_mm"].get<double>() + one["left"]["mpjpe_mm"].get<double>()) / 2;
    EXPECT_NEAR(one["metrics"]["mpjpe_mm"].get<double>(), sides, 1e-9);
  }
  for (const char* name : {"predictions.h5", "truth.h5", "samples.csv", "report.html"})
    expect_file(folder_ / "evaluation" / name);

  const auto measured = [&](const std::string& predictions) {
    return expect_json({"evaluate", "--predictions", predictions, "--truth", "evaluation/truth.h5", "--hand",
                        fixture_.hand().string(), "--json"});
  };
  const json again = measured("evaluation/predictions.h5"), itself = measured("evaluation/truth.h5");
  EXPECT_EQ(again["protocol"], "intaghand");
  for (const char* name : {"mpjpe_mm", "mpvpe_mm", "mrrpe_mm", "pa_mpjpe_mm", "pa_mpvpe_mm"}) {
    EXPECT_NEAR(again["metrics"][name].get<double>(), result[0]["metrics"][name].get<double>(), 1e-3) << name;
    EXPECT_NEAR(itself["metrics"][name].get<double>(), 0, 1e-3) << name << " of a set against itself";
  }
}

TEST_F(Commands, PredictWritesAllFilesOfAnImage) {
  std::filesystem::copy_file(fixture_.image(), folder_ / "photo.jpg");
  expect_done({"predict", fixture_.sampler().string(), "photo.jpg", "--box", "40,100,250,250", "--hand", fixture_.hand().string(),
               "--out", "predicted", "--features", "features.h5", "--write", "json,overlay,obj,ply,glb", "--presence", "0"});
  const json result = json::parse(bytes_of(folder_ / "predicted/photo.json"), nullptr, false);
  ASSERT_FALSE(result.is_discarded());
  for (const char* side : {"right", "left"}) {
    EXPECT_EQ(result[side]["pose"].size(), 48u);
    EXPECT_EQ(result[side]["shape"].size(), 10u);
    EXPECT_EQ(result[side]["joints"].size(), 21u);
    expect_file(folder_ / ("predicted/photo_" + std::string(side) + ".obj"));
    expect_file(folder_ / ("predicted/photo_" + std::string(side) + ".ply"));
  }
  expect_file(folder_ / "predicted/photo.glb");
  expect_file(folder_ / "predicted/photo_overlay.jpg");
  expect_file(folder_ / "features.h5");
}

TEST_F(Commands, InspectDescribesEveryFile) {
  const json root = expect_json({"inspect", fixture_.images().string(), "--json"});
  EXPECT_EQ(root["kind"], "interhand");
  for (const char* key : {"splits", "images", "annotations", "by_type", "usable", "skipped"})
    EXPECT_TRUE(root.contains(key)) << key;
  EXPECT_EQ(root["images"], 40);
  for (const auto& file : {fixture_.hand(), fixture_.patterns(), fixture_.prior(), fixture_.sampler()}) {
    const json one = expect_json({"inspect", file.string(), "--json"});
    EXPECT_TRUE(one.contains("kind")) << file << one;
    EXPECT_NE(expect_done({"inspect", file.string()}).out, "") << file;
  }
}

TEST_F(Commands, ExplainDescribesKeysAndSuggestsTheNearest) {
  EXPECT_THAT(expect_done({"explain"}).out, HasSubstr("fit.steps"));
  EXPECT_THAT(expect_done({"explain", "fit.learning_rate"}).out, HasSubstr("AdamW"));
  const Outcome wrong = run({"explain", "fit.learnin_rate"});
  EXPECT_EQ(wrong.exit_code, 1);
  ASSERT_EQ(wrong.errors().size(), 1u) << wrong.err;
  EXPECT_THAT(wrong.errors()[0], HasSubstr("fit.learning_rate"));
}

TEST_F(Commands, ExplainSuggestsTheKeysThatContainAWord) {
  const Outcome part = run({"explain", "learning"});
  EXPECT_EQ(part.exit_code, 1);
  EXPECT_THAT(part.err, HasSubstr("did you mean flow.learning_rate, fit.learning_rate or fit.backbone_learning_rate?"));
}

TEST_F(Commands, AMistypedTaskNamesTheNearestOne) {
  const Outcome wrong = run({"train", "smpler"});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("there is no command 'train smpler': did you mean train sampler?"));
}

TEST_F(Commands, ReportOfARunIsOnePage) {
  std::filesystem::copy(fixture_.prior_run(), folder_ / "run", std::filesystem::copy_options::recursive);
  std::filesystem::remove(folder_ / "run/report.html");
  expect_done({"report", "run"});
  EXPECT_THAT(bytes_of(folder_ / "run/report.html"), HasSubstr("</html>"));
}

TEST_F(Commands, SweepTrainsEveryCellAndSeedAndResumes) {
  std::string set;
  for (const std::string& override_text : kTinyPrior + Words{"fit.steps=2"})
    set += (set.empty() ? "\"" : ", \"") + override_text + "\"";
  std::ofstream(folder_ / "base.yaml") << "hand: " << fixture_.hand() << "\n"
                                       << "data:\n  train: {path: " << fixture_.patterns() << "}\n";
  std::ofstream(folder_ / "sweep.yaml")
      << "claim: a larger latent rebuilds better\ntask: prior\nbase: base.yaml\nseeds: [0, 1]\n"
      << "metric: prior_joint_error_mm\nset: [" << set << "]\n"
      << "cells:\n  - {name: small, set: [model.latent=4]}\n  - {name: large, set: [model.latent=8]}\n";
  const Outcome outcome = expect_done({"sweep", "sweep.yaml", "--run", "sweep"});
  EXPECT_THAT(outcome.out, HasSubstr("small"));
  EXPECT_THAT(outcome.out, HasSubstr("large"));
  for (const char* cell : {"small", "large"})
    for (const char* seed : {"seed_0", "seed_1"}) expect_file(folder_ / "sweep" / cell / seed / "checkpoints/last.safetensors");
  const auto time = std::filesystem::last_write_time(folder_ / "sweep/small/seed_0/checkpoints/last.safetensors");
  expect_done({"sweep", "sweep.yaml", "--run", "sweep"});
  EXPECT_EQ(std::filesystem::last_write_time(folder_ / "sweep/small/seed_0/checkpoints/last.safetensors"), time)
      << "trained again";
}

TEST_F(Commands, UsageErrorsEndWithTwo) {
  for (const Words& words :
       {Words{}, Words{"trian"}, Words{"train"}, Words{"predict"}, Words{"evaluate", "--protocl", "wrist"},
        Words{"synthesize", "patterns", "x.h5", "--count", "many"}, Words{"evaluate", "x.safetensors", "--samples", "9"}})
    EXPECT_EQ(run(words).exit_code, 2) << (words.empty() ? "no command" : words[0]);
  EXPECT_THAT(expect_done({"--help"}).out, HasSubstr("synthesize"));
}

}  // namespace
}  // namespace interprior
