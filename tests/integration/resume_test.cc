#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <random>

#include "fixture.h"
#include "interprior/base/files/safetensors.h"
#include "interprior/model/checkpoint.h"

// A run that is killed, preempted or damaged ends bitwise like an undisturbed one.
namespace interprior {
namespace {

using ::testing::HasSubstr;

class Resume : public ::testing::Test {
 protected:
  static constexpr int64_t kSteps = 48;
  // EMA, gradient accumulation, warm-up and decay; 120 patterns in batches of 16, so that epochs end inside batches.
  Words train(const std::string& run, const Words& more = {}) const {
    return fixture_.train_prior(folder_ / run, kSteps,
                                Words{"fit.accumulate=2", "fit.ema_decay=0.95", "fit.checkpoint_every=3", "fit.validate_every=10",
                                      "fit.log_every=4", "fit.warmup=5"} +
                                    more);
  }
  Outcome run(const Words& words) const { return run_program(words, folder_.path()); }
  void expect_done(const Words& words) const {
    const Outcome outcome = run(words);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  }
  bool begun(const std::string& run) const { return std::filesystem::exists(folder_ / run / "config.yaml"); }

  // The complete state of the run.
  void expect_same_end(const std::string& a, const std::string& b) const {
    for (const char* name : {"last.resume.safetensors", "last.safetensors"}) {
      const Safetensors one(folder_ / a / "checkpoints" / name), other(folder_ / b / "checkpoints" / name);
      ASSERT_EQ(one.names(), other.names());
      for (const std::string& tensor : one.names())
        EXPECT_TRUE(torch::equal(one.tensor(tensor), other.tensor(tensor))) << name << " " << tensor;
    }
    EXPECT_EQ(steps_logged(a), steps_logged(b));
  }
  // Steps and groups of the log's regular lines, each of which must occur once. (Means of a line restart at a resume.)
  std::vector<std::string> steps_logged(const std::string& run) const {
    std::vector<std::string> steps;
    std::istringstream lines(bytes_of(folder_ / run / "log.jsonl"));
    for (std::string line; std::getline(lines, line);) {
      const int64_t step = std::stoll(line.substr(line.find(':') + 1));
      const bool training = line.find("\"group\":\"train\"") != std::string::npos;
      if (!training || step % 4 == 0) steps.push_back(std::to_string(step) + (training ? " train" : " validation"));
    }
    return steps;
  }
  // After a kill at any time all files under their final names are complete.
  void expect_whole_files(const std::string& run) const {
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / run / "checkpoints", none))
      if (entry.path().extension() == ".safetensors") {
        EXPECT_NO_THROW(Safetensors{entry.path()}) << entry.path();
      }
  }

  const Fixture& fixture_ = fixture();
  TemporaryDirectory folder_;
};

TEST_F(Resume, FiftyKillsAtRandomMomentsChangeNothing) {
  const auto begin = std::chrono::steady_clock::now();
  expect_done(train("straight"));
  const auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin).count();
  std::mt19937 random(7);
  int kills = 0, runs = 0;
  while (kills < 50) {
    const std::string name = "killed" + std::to_string(runs++);
    for (bool ended = false; !ended;) {
      Program program(train(name) + (begun(name) ? Words{"--resume"} : Words{}), folder_.path());
      std::this_thread::sleep_for(std::chrono::milliseconds(std::uniform_int_distribution<int64_t>(whole / 8, whole)(random)));
      program.send(SIGKILL);
      const Outcome outcome = program.finish();
      ended = outcome.exit_code == 0;
      if (ended) break;
      ASSERT_EQ(outcome.exit_code, 128 + SIGKILL) << outcome.err;
      ++kills;
      expect_whole_files(name);
    }
    expect_same_end("straight", name);
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / name / "checkpoints"))
      EXPECT_NE(entry.path().extension(), ".tmp") << entry.path();
  }
}

TEST_F(Resume, SignalsOfPreemptionAndOfAClosedTerminalSaveAndEndCleanly) {
  expect_done(train("straight"));
  for (const int signal : {SIGTERM, SIGUSR1, SIGHUP}) {
    const std::string name = "signal" + std::to_string(signal);
    Program program(train(name), folder_.path(), [] { ::signal(SIGHUP, SIG_DFL); });  // ignored if the tests run under nohup
    // The training loop has started.
    ASSERT_TRUE(program.wait_for([&] { return !steps_logged(name).empty(); }));
    program.send(signal);
    const Outcome outcome = program.finish();
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    const std::string step = Safetensors(folder_ / name / "checkpoints/last.safetensors").metadata().at("step");
    EXPECT_GT(std::stoll(step), 0);
    // A job script uses it to decide whether to resubmit the run.
    EXPECT_EQ(std::filesystem::exists(folder_ / name / "stopped"), std::stoll(step) < kSteps);
    if (std::stoll(step) < kSteps) {
      EXPECT_THAT(bytes_of(folder_ / name / "stopped"), HasSubstr("stopped at " + step + " of "));
      expect_done(train(name) + Words{"--resume"});
    }
    EXPECT_FALSE(std::filesystem::exists(folder_ / name / "stopped"));
    expect_same_end("straight", name);
  }
}

// A scheduler's signal before the first step, or while the report is written, is no error.
TEST_F(Resume, ASignalOutsideTheStepsDoesNotFail) {
  expect_done(train("straight"));
  const auto last_step = [&](const std::string& name) {
    const auto last = folder_ / name / "checkpoints/last.safetensors";
    return std::filesystem::exists(last) ? std::stoll(Safetensors(last).metadata().at("step")) : 0;
  };
  for (const bool late : {false, true}) {
    const std::string name = late ? "late" : "early";
    Program program(train(name), folder_.path());
    ASSERT_TRUE(program.wait_for([&] { return late ? last_step(name) == kSteps : begun(name); }));
    program.send(SIGUSR1);
    const Outcome outcome = program.finish();
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    if (last_step(name) < kSteps) expect_done(train(name) + Words{"--resume"});
    expect_same_end("straight", name);
  }
}

// A job script blocks the signal while the program loads: an early signal stays pending until the handler is installed.
TEST_F(Resume, ASignalAtStartUpStopsTheRunCleanly) {
  Program program(train("first"), folder_.path(), [] {
    sigset_t user;
    sigemptyset(&user);
    sigaddset(&user, SIGUSR1);
    sigprocmask(SIG_BLOCK, &user, nullptr);
    raise(SIGUSR1);
  });
  const Outcome outcome = program.finish();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(std::filesystem::exists(folder_ / "first/stopped"));
  expect_done(train("straight"));
  expect_done(train("first") + Words{"--resume"});
  expect_same_end("straight", "first");
}

// The flow is fitted at validations, starting from the previous fit.
TEST_F(Resume, AFlowsFitIsResumed) {
  CheckpointInfo info;
  InteractionPrior narrow = load_prior(fixture_.prior(), &info);
  {
    const torch::NoGradGuard no_grad;  // distinct posteriors: otherwise no flow is better than the Gaussian
    narrow->named_parameters()["encoder.output.bias"].chunk(2)[1].fill_(-6);
  }
  write_checkpoint(folder_ / "narrow.safetensors", *narrow, info);
  const Words flow = {"model.density=flow", "model.flow_layers=4",     "model.flow_width=16",         "flow.steps=200",
                      "flow.batch=64",      "flow.learning_rate=5e-3", "data.validation.split=train", "init=narrow.safetensors"};
  expect_done(train("straight", flow));
  expect_done(train("stopped", flow) + Words{"--stop-after", "23"});
  expect_done(train("stopped", flow) + Words{"--resume"});
  expect_same_end("straight", "stopped");
  const Safetensors prior(folder_ / "straight/checkpoints/last.safetensors");
  EXPECT_GT(prior.tensor("flow.layers.0.change.output.weight").abs().max().item<double>(), 1e-4);  // the flow was kept
}

TEST_F(Resume, AnUnfinishedRunHasAReport) {
  Program program(fixture_.train_prior(folder_ / "run", 1000000), folder_.path());
  ASSERT_TRUE(program.wait_for([&] { return !steps_logged("run").empty(); })) << program.error_output();
  const Outcome report = run({"report", "run"});
  EXPECT_EQ(report.exit_code, 0) << report.err;
  EXPECT_THAT(bytes_of(folder_ / "run/report.html"), HasSubstr("Training loss"));
  program.send(SIGTERM);
  EXPECT_EQ(program.finish().exit_code, 0);
}

TEST_F(Resume, ElapsedTimeAlsoTriggersACheckpoint) {
  expect_done(
      fixture_.train_prior(folder_ / "run", 4, {"fit.checkpoint_every=1000", "fit.checkpoint_minutes=1e-9", "fit.keep_last=9"}));
  for (const char* step : {"1", "2", "3", "4"})
    EXPECT_TRUE(
        std::filesystem::exists(folder_ / "run/checkpoints" / ("step_00000000" + std::string(step) + ".resume.safetensors")))
        << step;
}

TEST_F(Resume, ADamagedCheckpointIsReportedAndTheOneBeforeIsUsed) {
  expect_done(train("straight"));
  expect_done(train("damaged") + Words{"--stop-after", "20"});
  const auto newest = folder_ / "damaged/checkpoints/step_000000020.resume.safetensors";
  std::string bytes = bytes_of(newest);
  bytes[bytes.size() - 5] = static_cast<char>(bytes[bytes.size() - 5] ^ 1);
  std::ofstream(newest, std::ios::binary) << bytes;
  const Outcome outcome = run(train("damaged") + Words{"--resume"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("step_000000020.resume.safetensors"));
  EXPECT_THAT(outcome.err, HasSubstr("going back to the checkpoint of step 18"));
  expect_same_end("straight", "damaged");
}

TEST_F(Resume, AnotherBatchSizeResumesAfterTheSamplesUsed) {
  expect_done(train("run") + Words{"--stop-after", "12"});
  const Outcome outcome = run(train("run", {"loader.batch=8"}) + Words{"--resume", "--stop-after", "14"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("loader.batch"));
  EXPECT_THAT(outcome.err, HasSubstr("after the 192 samples already seen"));
  EXPECT_EQ(Safetensors(folder_ / "run/checkpoints/last.resume.safetensors").metadata().at("samples"), "208");
}

TEST_F(Resume, ARunWithoutACheckpointStartsOver) {
  std::filesystem::create_directories(folder_ / "run");
  expect_done(train("straight"));
  expect_done(train("early") + Words{"--stop-after", "1"});
  std::filesystem::remove_all(folder_ / "early/checkpoints");
  const Outcome outcome = run(train("early") + Words{"--resume"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("starts over"));
  expect_same_end("straight", "early");
}

// The marker file of an unfinished first checkpoint distinguishes it from a run whose resume files were deleted (next test).
TEST_F(Resume, ARunKilledInItsFirstCheckpointStartsOver) {
  expect_done(train("straight"));
  expect_done(train("early") + Words{"--stop-after", "3"});
  for (const char* state : {"last.resume.safetensors", "step_000000003.resume.safetensors"})
    ASSERT_TRUE(std::filesystem::remove(folder_ / "early/checkpoints" / state));
  std::ofstream(folder_ / "early/checkpoints/first.unfinished");
  const Outcome outcome = run(train("early") + Words{"--resume"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("starts over"));
  expect_same_end("straight", "early");
}

// A power cut may lose log lines; the run may also have been killed during a validation.
TEST_F(Resume, AMissingValidationIsRepeated) {
  expect_done(train("straight"));
  expect_done(train("cut"));
  const auto log = folder_ / "cut/log.jsonl";
  const std::string whole = bytes_of(log), without = whole.substr(0, whole.rfind('\n', whole.size() - 2) + 1);
  ASSERT_THAT(whole.substr(without.size()), HasSubstr("\"group\":\"validation\""));
  std::ofstream(log, std::ios::trunc) << without;
  expect_done(train("cut") + Words{"--resume"});
  expect_same_end("straight", "cut");
}

TEST_F(Resume, ATrainedRunWithoutResumeFilesIsNotOverwritten) {
  expect_done(train("run"));
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "run/checkpoints"))
    if (entry.path().string().find(".resume.") != std::string::npos) std::filesystem::remove(entry.path());
  const std::string last = bytes_of(folder_ / "run/checkpoints/last.safetensors"), log = bytes_of(folder_ / "run/log.jsonl");
  const Outcome outcome = run(train("run") + Words{"--resume"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("none to resume from"));
  EXPECT_EQ(bytes_of(folder_ / "run/checkpoints/last.safetensors"), last);
  EXPECT_EQ(bytes_of(folder_ / "run/log.jsonl"), log);
}

TEST_F(Resume, ARefusedResumeKeepsTheConfig) {
  expect_done(train("run") + Words{"--stop-after", "6"});
  const std::string config = bytes_of(folder_ / "run/config.yaml");
  EXPECT_EQ(run(train("run", {"model.width=16"}) + Words{"--resume"}).exit_code, 1);
  EXPECT_EQ(bytes_of(folder_ / "run/config.yaml"), config);
  expect_done(train("run") + Words{"--resume"});
}

// data_scripts/interprior_torch.py writes such files: weights and the metadata of the checkpoint that they come from.
TEST_F(Resume, WeightsWithoutTheStateOfAnOptimiserAreNoRun) {
  const Safetensors checkpoint(fixture_.prior());
  NamedTensors weights;
  for (const std::string& name : checkpoint.names())
    if (!name.starts_with("averaged.")) weights.emplace_back(name, checkpoint.tensor(name).clone());
  for (auto& [name, tensor] : weights)
    if (tensor.is_floating_point()) tensor.add_(1e-3);
  const std::filesystem::path tuned = folder_ / "tuned.safetensors";
  write_safetensors(tuned, weights, checkpoint.metadata());
  const auto expect_refused = [&](const std::filesystem::path& folder, const std::string& because) {
    const Outcome outcome = run(fixture_.train_prior(folder, 12) + Words{"--resume"});
    EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
    ASSERT_EQ(outcome.errors().size(), 1u) << outcome.err;
    EXPECT_THAT(outcome.errors()[0], testing::AllOf(HasSubstr(because), HasSubstr("set init=FILE")));
  };
  expect_refused(tuned, "this is a file");
  const auto copied = [&](const std::string& name) {
    std::filesystem::copy(fixture_.prior_run(), folder_ / name, std::filesystem::copy_options::recursive);
    return folder_ / name;
  };
  // In place of the run's own checkpoint: neither ignored nor replaced.
  const auto replaced = copied("replaced"), last = replaced / "checkpoints/last.safetensors";
  std::filesystem::remove(last);
  std::filesystem::copy_file(tuned, last);
  expect_refused(replaced, "this is not the checkpoint that the run saved at step 8");
  EXPECT_EQ(bytes_of(last), bytes_of(tuned));
  // In place of the state.
  const auto state = copied("state"), checkpoints = state / "checkpoints";
  std::vector<std::filesystem::path> states;
  for (const auto& entry : std::filesystem::directory_iterator(checkpoints))
    if (entry.path().string().ends_with(".resume.safetensors")) states.push_back(entry.path());
  ASSERT_FALSE(states.empty());
  for (const auto& file : states) std::filesystem::remove(file);
  for (const auto& file : states) std::filesystem::copy_file(tuned, file);
  expect_refused(state, "weights, but no state of an optimiser");

  const Outcome started = run(fixture_.train_prior(folder_ / "started", 2, {"init=" + tuned.string()}));
  EXPECT_EQ(started.exit_code, 0) << started.err;
  EXPECT_THAT(started.err, HasSubstr("0 kept, 0 of the file unused"));
}

}  // namespace
}  // namespace interprior
