#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include "fixture.h"
#include "interprior/base/files/safetensors.h"

// All stages in one command.
namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;

class Stages : public ::testing::Test {
 protected:
  Stages() {
    const auto write = [&](const std::string& task, const Words& lines) {
      std::ofstream config(folder_ / "configs" / (task + ".yaml"));
      for (const std::string& line : lines) config << line << "\n";
    };
    std::filesystem::create_directories(folder_ / "configs");
    const std::string model =
        "model: {image_size: 64, extraction: {trunk: resnet18, width: 8, features: 8, decoder: 16}, "
        "fusion: {width: 24, depth: 1, heads: 2}, sampling: {heads: 2, width: 32}}";
    const std::string fit = "fit: {steps: 12, warmup: 2, log_every: 1, checkpoint_every: 4, validate_every: 6}";
    write("prior", {"loader: {batch: 16}", "model: {latent: 8, width: 32, depth: 1}", fit});
    write("cues", {"loader: {batch: 8}", model, fit});
    write("sampler", {"loader: {batch: 4}", model, fit, "data: {train: [{path: " + fixture_.images().string() + "}]}"});
  }
  Words train(const std::string& run, const Words& more = {}) const {
    return Words{"train",
                 "all",
                 (folder_ / "configs").string(),
                 "--device",
                 "cpu",
                 "--run",
                 run,
                 "--set",
                 "all:hand=" + fixture_.hand().string(),
                 "--set",
                 "prior+cues:data.train.path=" + fixture_.patterns().string(),
                 "--set",
                 "fit.learning_rate=0.0025"} +
           more;
  }
  std::string step(const std::string& run, const std::string& stage) const {
    return Safetensors(folder_ / run / stage / "checkpoints/last.safetensors").metadata().at("step");
  }

  const Fixture& fixture_ = fixture();
  TemporaryDirectory folder_;
};

TEST_F(Stages, RunInOneCommandAndResumeBetweenAndWithin) {
  const Outcome whole = run_program(train("whole"), folder_.path());
  ASSERT_EQ(whole.exit_code, 0) << whole.err;
  for (const char* stage : {"prior", "cues", "sampler"}) EXPECT_EQ(step("whole", stage), "12");
  EXPECT_THAT(whole.out, HasSubstr("mpjpe_mm"));
  EXPECT_THAT(bytes_of(folder_ / "whole/sampler/config.yaml"), HasSubstr("learning_rate: 0.0025"));
  EXPECT_EQ(bytes_of(folder_ / "whole/prior/config.yaml").find("learning_rate: 0.0025"), std::string::npos);
  EXPECT_EQ(run_program(train("whole"), folder_.path()).exit_code, 1) << "existing runs are not overwritten";

  // Kills the command in each stage in turn.
  for (const std::string stage : {"prior", "cues", "sampler"}) {
    Program program(train("parts", stage == "prior" ? Words{} : Words{"--resume"}), folder_.path());
    ASSERT_TRUE(program.wait_for([&] {
      return std::filesystem::exists(folder_ / "parts" / stage / "checkpoints/last.safetensors");
    })) << program.error_output();
    program.send(SIGKILL);
    program.finish();
  }
  const Outcome rest = run_program(train("parts", {"--resume"}), folder_.path());
  ASSERT_EQ(rest.exit_code, 0) << rest.err;
  for (const char* stage : {"prior", "cues", "sampler"}) {
    const Safetensors one(folder_ / "whole" / stage / "checkpoints/last.safetensors"),
        other(folder_ / "parts" / stage / "checkpoints/last.safetensors");
    for (const std::string& name : one.names())
      EXPECT_TRUE(torch::equal(one.tensor(name), other.tensor(name))) << stage << " " << name;
  }
}

TEST_F(Stages, AKeyAddedSinceIsNotADifferentConfig) {
  ASSERT_EQ(run_program(train("run"), folder_.path()).exit_code, 0);
  const auto recorded = folder_ / "run/prior/config.yaml";
  std::string config = bytes_of(recorded);
  const size_t key = config.find("  checkpoint_minutes: 30\n");
  ASSERT_NE(key, std::string::npos);
  std::ofstream(recorded, std::ios::trunc) << config.erase(key, config.find('\n', key) + 1 - key);
  const Outcome again = run_program(train("run", {"--resume"}), folder_.path());
  EXPECT_EQ(again.exit_code, 0) << again.err;
}

TEST_F(Stages, ExistingFilesAreNotRemoved) {
  std::filesystem::create_directories(folder_ / "old/prior/checkpoints");
  std::ofstream(folder_ / "old/prior/config.yaml") << "x: 1";
  std::ofstream(folder_ / "old/prior/thesis.txt") << "precious";
  for (const Words& more : {Words{}, Words{"--resume"}}) {
    const Outcome outcome = run_program(train("old", more), folder_.path());
    EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
    EXPECT_EQ(bytes_of(folder_ / "old/prior/thesis.txt"), "precious");
  }
}

TEST_F(Stages, EveryStageIsCheckedBeforeTheFirstBegins) {
  const auto expect_refused = [&](const Words& more, const std::string& stage, const std::string& what) {
    const Outcome outcome = run_program(train("refused", more), folder_.path());
    EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
    EXPECT_THAT(outcome.err, AllOf(HasSubstr("stage " + stage), HasSubstr(what)));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "refused/prior")) << what;
  };
  expect_refused({"--set", "sampler:trunk_weights=none.safetensors"}, "sampler", "none.safetensors");
  expect_refused({"--set", "sampler:data.validation={path: nowhere}"}, "sampler", "nowhere");
  expect_refused({"--set", "sampler:data.train=[{path: " + fixture_.images().string() + ", split: trian}]"}, "sampler", "trian");
  expect_refused({"--set", "cues:data.train.path=" + fixture_.hand().string()}, "cues", "hand.h5");
  expect_refused({"--set", "cues:data.train.split=nothing"}, "cues", "nothing");
  expect_refused({"--set", "sampler:model.fusion.depth=2"}, "sampler", "another network");
  expect_refused({"--set", "sampler:model.fusion.dpeth=2"}, "sampler", "dpeth");
}

TEST_F(Stages, CtrlCReportsTheStageAndItsProgress) {
  Program program(train("run", {"--set", "cues:fit.steps=4000"}), folder_.path());
  ASSERT_TRUE(program.wait_for([&] { return bytes_of(folder_ / "run/cues/log.jsonl").size() > 100; })) << program.error_output();
  program.send(SIGINT);
  const Outcome outcome = program.finish();
  EXPECT_EQ(outcome.exit_code, 130) << outcome.err;
  EXPECT_THAT(outcome.err, ContainsRegex("stage cues: stopped at [0-9]+ of 4000; --resume continues"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "run/sampler"));
}

TEST_F(Stages, ASignalBetweenTwoStagesStopsTheCommand) {
  Program program(train("run"), folder_.path());
  ASSERT_TRUE(
      program.wait_for([&] { return bytes_of(folder_ / "run/prior/log.jsonl").find("\"step\":12") != std::string::npos; }));
  program.send(SIGTERM);
  EXPECT_EQ(program.finish().exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "run/sampler"));
  const Outcome rest = run_program(train("run", {"--resume"}), folder_.path());
  EXPECT_EQ(rest.exit_code, 0) << rest.err;
  EXPECT_EQ(step("run", "sampler"), "12");
}

}  // namespace
}  // namespace interprior
