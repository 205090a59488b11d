#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "fixture.h"
#include "interprior/base/files/safetensors.h"

// A network with implausible outputs must not fail its own validation.
namespace interprior {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Validation : public ::testing::Test {
 protected:
  Outcome run(const Words& words) const { return run_program(words, folder_.path()); }

  std::vector<json> validations(const std::string& name) const {
    std::vector<json> lines;
    std::istringstream log(bytes_of(folder_ / (name + "/log.jsonl")));
    for (std::string line; std::getline(log, line);)
      if (const json one = json::parse(line); one["group"] == "validation") lines.push_back(one);
    return lines;
  }

  // Trains with a far too large learning rate, interrupted and resumed.
  void expect_trained_through(const Words& words) const {
    const Outcome first = run(words + Words{"--stop-after", "4"});
    ASSERT_EQ(first.exit_code, 0) << first.err;
    const Outcome rest = run(words + Words{"--resume"});
    ASSERT_EQ(rest.exit_code, 0) << rest.err;
    EXPECT_EQ(Safetensors(folder_ / "wild/checkpoints/last.safetensors").metadata().at("step"), "8");
    EXPECT_EQ(validations("wild").size(), 4u);
    int64_t hands = 0;
    for (const json& line : validations("wild")) hands += line.at("implausible_hands").get<int64_t>();
    EXPECT_GT(hands, 0) << "the test needs implausible outputs";
    EXPECT_THAT(first.err + rest.err, HasSubstr("held-out samples have implausible coordinates"));
    EXPECT_EQ(run({"report", "wild"}).exit_code, 0);
  }

  const Words wild_ = {"fit.learning_rate=10", "fit.backbone_learning_rate=10", "fit.warmup=0", "fit.max_grad_norm=0",
                       "fit.validate_every=2"};
  const Fixture& fixture_ = fixture();
  TemporaryDirectory folder_;
};

TEST_F(Validation, OfAnImplausibleSamplerDoesNotStopTheTraining) {
  expect_trained_through(fixture_.train_sampler(folder_ / "wild", 8, wild_ + Words{"extraction_first=0"}));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "wild/checkpoints/best.safetensors")) << "left-out samples are no improvement";
}

TEST_F(Validation, OfImplausibleHypothesesDoesNotStopTheTraining) {
  expect_trained_through(fixture_.train_cues(folder_ / "wild", 8, wild_ + Words{"hypotheses=3"}));
}

TEST_F(Validation, OfAnImplausiblePriorDoesNotStopTheTraining) {
  expect_trained_through(fixture_.train_prior(folder_ / "wild", 8, wild_));
}

TEST_F(Validation, ThatFailsIsReportedAndTrainingContinues) {
  // One validation image, which is deleted after the start.
  const auto images = folder_ / "held_out";
  std::filesystem::copy(fixture_.images(), images, std::filesystem::copy_options::recursive);
  Program program(
      fixture_.train_sampler(folder_ / "run", 60,
                             {"data.validation={path: " + images.string() + ", split: val}", "fit.validate_every=20"}),
      folder_.path());
  ASSERT_TRUE(program.wait_for([&] { return bytes_of(folder_ / "run/log.jsonl").size() > 100; }));
  std::filesystem::remove_all(images / "images");
  const Outcome outcome = program.finish();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("the validation of step 60 failed, training continues"));
  EXPECT_EQ(Safetensors(folder_ / "run/checkpoints/last.safetensors").metadata().at("step"), "60");
  EXPECT_EQ(run(fixture_.train_sampler(folder_ / "run", 60) + Words{"--resume"}).exit_code, 0);
}

TEST_F(Validation, OfAnImplausibleCheckpointCountsAndListsTheSamples) {
  ASSERT_EQ(run(fixture_.train_sampler(folder_ / "wild", 2, wild_ + Words{"extraction_first=0"})).exit_code, 0);
  const Outcome outcome = run({"evaluate", "wild/checkpoints/last.safetensors", "--split", "test", "--out", "out", "--json"});
  EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("implausible_prediction: "));
  const json numbers = json::parse(outcome.out);
  EXPECT_GT(numbers["implausible"]["hands"], 0);
  EXPECT_EQ(numbers["skipped"]["implausible_prediction"], numbers["implausible"]["samples"]);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out/evaluation.json"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out/report.html"));
}

}  // namespace
}  // namespace interprior
