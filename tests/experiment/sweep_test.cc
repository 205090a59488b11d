#include "interprior/experiment/sweep.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "interprior/base/files/atomic_file.h"
#include "interprior/base/log.h"
#include "interprior/run/run_folder.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

SweepConfig two_cells() {
  SweepConfig config;
  config.claim = "B beats A.";
  config.seeds = {0, 1, 2};
  config.set = {"fit.steps=5"};
  config.cells = {{"A", {}}, {"B", {"model.latent=64"}}};
  return config;
}

// Instant fake training: the error is 10 for A and 8 for B, plus seed^2 / 10.
struct FakeTrainer {
  std::vector<std::string> trained;
  std::string failing;      // a run "CELL/seed_N"
  int64_t stop_after = -1;  // runs

  bool operator()(const std::string& task, const std::string& base, const std::vector<std::string>& set,
                  const std::filesystem::path& folder) {
    if (stop_after == static_cast<int64_t>(trained.size())) return false;
    const std::string cell = folder.parent_path().filename().string(), name = cell + "/" + folder.filename().string();
    trained.push_back(name);
    if (name == failing) throw Error("the loss is not finite", name);
    EXPECT_EQ(set.front(), "fit.steps=5");
    const double seed = std::stod(set.back().substr(5));
    RunFolder run(folder, "", std::filesystem::exists(folder / "config.yaml"));
    run.log(1, "validation", {{"mpjpe_mm", 99}});
    run.log(5, "validation", {{"mpjpe_mm", (cell == "A" ? 10 : 8) + seed * seed / 10}, {"mpvpe_mm", 1}});
    run.log(5, "train", {{"loss/total", 1}});
    return true;
  }
};

SweepResult run(const SweepConfig& config, const std::filesystem::path& folder, FakeTrainer& trainer,
                const std::string& only = "") {
  set_log_level(LogLevel::off);
  return run_sweep(config, folder, only, std::ref(trainer));
}

TEST(Sweep, TrainsEveryCellWithEverySeedAndTakesTheLastValidation) {
  TemporaryDirectory folder;
  FakeTrainer trainer;
  const SweepResult result = run(two_cells(), folder / "sweep", trainer);
  EXPECT_THAT(trainer.trained, ElementsAre("A/seed_0", "A/seed_1", "A/seed_2", "B/seed_0", "B/seed_1", "B/seed_2"));
  ASSERT_EQ(result.runs.size(), 6u);
  EXPECT_TRUE(result.runs[4].done);
  EXPECT_EQ(result.runs[4].cell, "B");
  EXPECT_DOUBLE_EQ(result.runs[4].value, 8.1);
  EXPECT_DOUBLE_EQ(result.runs[4].values.at("mpvpe_mm"), 1);
  EXPECT_EQ(read_sweep_config(folder / "sweep").claim, "B beats A.");
}

TEST(Sweep, RunsOfAnotherProcessAreTriedLast) {
  TemporaryDirectory folder;
  SweepConfig config = two_cells();
  config.seeds = {0};
  FakeTrainer trainer;
  run(config, folder / "sweep", trainer);  // creates the folder and its locks
  std::filesystem::remove_all(folder / "sweep/A");
  std::filesystem::remove_all(folder / "sweep/B");
  trainer.trained.clear();
  int other = open((folder / "sweep/locks/A-seed_0").c_str(), O_RDWR);
  ASSERT_EQ(flock(other, LOCK_EX | LOCK_NB), 0);
  set_log_level(LogLevel::off);
  const auto train = [&](const auto&... arguments) {
    if (other >= 0) close(std::exchange(other, -1));  // the other process is killed while B is trained
    return trainer(arguments...);
  };
  run_sweep(config, folder / "sweep", "", train);
  EXPECT_THAT(trainer.trained, ElementsAre("B/seed_0", "A/seed_0"));
}

TEST(Sweep, AStoppedSweepResumesAndTrainsNothingTwice) {
  TemporaryDirectory folder;
  FakeTrainer first, second, third;
  first.stop_after = 2;
  EXPECT_FALSE(run(two_cells(), folder / "sweep", first).runs[2].done);
  run(two_cells(), folder / "sweep", second);
  EXPECT_THAT(second.trained, ElementsAre("A/seed_2", "B/seed_0", "B/seed_1", "B/seed_2"));
  run(two_cells(), folder / "sweep", third);
  EXPECT_TRUE(third.trained.empty());
}

TEST(Sweep, AFailedRunIsRecordedAndTriedAgainAfterTheOthers) {
  TemporaryDirectory folder;
  FakeTrainer failing, mended;
  failing.failing = "A/seed_1";
  const SweepResult result = run(two_cells(), folder / "sweep", failing);
  EXPECT_EQ(failing.trained.size(), 6u);
  EXPECT_FALSE(result.runs[1].done);
  EXPECT_THAT(result.runs[1].error, HasSubstr("the loss is not finite"));
  EXPECT_TRUE(result.runs[5].done);
  const SweepResult again = run(two_cells(), folder / "sweep", mended);
  EXPECT_THAT(mended.trained, ElementsAre("A/seed_1"));
  EXPECT_TRUE(again.runs[1].done);
  EXPECT_EQ(again.runs[1].error, "");
}

TEST(Sweep, ARunWithoutTheMetricFailsAndListsTheMetrics) {
  TemporaryDirectory folder;
  FakeTrainer trainer;
  SweepConfig config = two_cells();
  config.metric = "mpjpe";
  EXPECT_THAT(run(config, folder / "sweep", trainer).runs[0].error,
              AllOf(HasSubstr("no metric 'mpjpe'"), HasSubstr("mpjpe_mm, mpvpe_mm")));
}

TEST(Sweep, OnlyOneCellIsTrainedOnRequestAndAnUnknownOneIsRefused) {
  TemporaryDirectory folder;
  FakeTrainer trainer;
  run(two_cells(), folder / "sweep", trainer, "B");
  EXPECT_THAT(trainer.trained, ElementsAre("B/seed_0", "B/seed_1", "B/seed_2"));
  EXPECT_THAT([&] { run(two_cells(), folder / "sweep", trainer, "C"); }, ThrowsError(AllOf(HasSubstr("'C'"), HasSubstr("A, B"))));
}

TEST(Sweep, AResultOfOtherSettingsIsNeitherUsedNorOverwritten) {
  TemporaryDirectory folder;
  FakeTrainer first, second;
  run(two_cells(), folder / "sweep", first);
  SweepConfig changed = two_cells();
  changed.cells[1].set = {"model.latent=32"};
  changed.cells.push_back({"C", {}});
  const std::string before = read_file(folder / "sweep" / "sweep.yaml");
  EXPECT_THAT([&] { run(changed, folder / "sweep", second); }, ThrowsError(HasSubstr("other settings")));
  EXPECT_TRUE(second.trained.empty());
  EXPECT_EQ(read_file(folder / "sweep" / "sweep.yaml"), before) << "the recorded config is kept";
  const SweepResult result = read_sweep(changed, folder / "sweep");
  EXPECT_TRUE(result.runs[0].done);
  EXPECT_FALSE(result.runs[3].done);
  EXPECT_THAT(result.runs[3].error, HasSubstr("other settings"));
}

TEST(Sweep, AResultOfAnotherBaseIsNotUsedAndTheRecordedBaseRemains) {
  TemporaryDirectory folder;
  FakeTrainer first, second;
  SweepConfig config = two_cells();
  config.base = (folder / "base.yaml").string();
  write_file(folder / "base.yaml", "seed: 1\n");
  run(config, folder / "sweep", first);
  std::filesystem::remove(folder / "base.yaml");
  EXPECT_TRUE(read_sweep(read_sweep_config(folder / "sweep"), folder / "sweep").runs[0].done);
  write_file(folder / "base.yaml", "seed: 2\n");
  EXPECT_THAT([&] { run(config, folder / "sweep", second); }, ThrowsError(HasSubstr("other settings")));
  EXPECT_TRUE(second.trained.empty());
}

TEST(Sweep, ANullMetricLeavesTheRunsOtherMetrics) {
  TemporaryDirectory folder;
  FakeTrainer trainer;
  run(two_cells(), folder / "sweep", trainer);
  const std::filesystem::path result = folder / "sweep" / "A" / "seed_0" / "result.json";
  nlohmann::json values = nlohmann::json::parse(read_file(result));
  values["values"]["mpvpe_mm"] = nullptr;
  write_file(result, values.dump());
  SweepConfig config = two_cells();
  config.metrics = {"mpjpe_mm", "mpvpe_mm"};
  const SweepResult read = read_sweep(config, folder / "sweep");
  EXPECT_TRUE(read.runs[0].done);
  EXPECT_TRUE(std::isnan(read.runs[0].values.at("mpvpe_mm")));
  EXPECT_EQ(sweep_table(config, read, "mpvpe_mm").rows[1][1], "-");
}

TEST(Sweep, ADamagedResultIsReported) {
  TemporaryDirectory folder;
  FakeTrainer trainer;
  run(two_cells(), folder / "sweep", trainer);
  write_file(folder / "sweep" / "A" / "seed_0" / "result.json", "{\"settings\": 7");
  const SweepResult result = read_sweep(two_cells(), folder / "sweep");
  EXPECT_FALSE(result.runs[0].done);
  EXPECT_THAT(result.runs[0].error, HasSubstr("damaged"));
}

TEST(Sweep, ConfigsThatCannotBeRunAreRefused) {
  const auto refused = [](const std::string& yaml) { return [yaml] { parse_config<SweepConfig>(yaml, "sweep.yaml"); }; };
  EXPECT_THAT(refused("cells: []"), ThrowsError(HasSubstr("at least one cell")));
  EXPECT_THAT(refused("cells: [{name: A}, {name: A}]"), ThrowsError(HasSubstr("two cells are called 'A'")));
  EXPECT_THAT(refused("cells: [{name: ../A}]"), ThrowsError(HasSubstr("'../A'")));
  EXPECT_THAT(refused("cells: [{name: A}]\nseeds: [1, 1]"), ThrowsError(HasSubstr("seed 1 is listed twice")));
  EXPECT_THAT(refused("cells: [{name: A}]\ntask: samplr"), ThrowsError(HasSubstr("did you mean sampler")));
  EXPECT_THAT(refused("cells: [{name: A}]\ncels: []"), ThrowsError(HasSubstr("did you mean cells")));
  EXPECT_THAT(refused("cells: [{name: stages}]"), ThrowsError(HasSubstr("'stages'")));
  EXPECT_THAT(refused("cells: [{name: table.csv}]"), ThrowsError(HasSubstr("'table.csv'")));
  EXPECT_THAT(refused("cells: [{name: A, set: [\"seed=5\"]}]"), ThrowsError(HasSubstr("list it under seeds")));
  EXPECT_THAT(refused("set: [\"all:seed=5\"]\ncells: [{name: A}]"), ThrowsError(HasSubstr("list it under seeds")));
  EXPECT_THAT(refused("cells: [{name: A}]\nmetrics: [a, b, a]"), ThrowsError(HasSubstr("metric a is listed twice")));
  EXPECT_THAT(refused("cells: [{name: A}]\nstages: [cues, prior]"), ThrowsError(HasSubstr("cues cannot come before prior")));
  EXPECT_THAT(refused("cells: [{name: A}]\nstages: [sampler]"), ThrowsError(HasSubstr("sampler cannot come before sampler")));
  EXPECT_THAT(refused("cells: [{name: A}]\nstages: [priro]"), ThrowsError(HasSubstr("did you mean prior")));
  EXPECT_THAT(refused("cells: [{name: A, set: [\"cue:model.refine=1\"]}]"), ThrowsError(HasSubstr("did you mean cues")));
  EXPECT_THAT(refused("cells: [{name: A, set: [\"cues:model.refine=1\"]}]"), ThrowsError(HasSubstr("does not have")));
  EXPECT_THAT(refused("stages: [prior]\ncells: [{name: A, without: [cues]}]"), ThrowsError(HasSubstr("its stages are prior")));
}

TEST(Sweep, OneSeedAloneIsTrainedOnRequest) {
  TemporaryDirectory folder;
  FakeTrainer trainer;
  set_log_level(LogLevel::off);
  run_sweep(two_cells(), folder / "sweep", "B", std::ref(trainer), 2);
  EXPECT_THAT(trainer.trained, ElementsAre("B/seed_2"));
  EXPECT_THAT([&] { run_sweep(two_cells(), folder / "sweep", "", std::ref(trainer), 7); },
              ThrowsError(AllOf(HasSubstr("no seed 7"), HasSubstr("0, 1, 2"))));
}

TEST(Sweep, SeveralMetricsMustAllBeMeasured) {
  TemporaryDirectory folder;
  FakeTrainer trainer;
  SweepConfig config = two_cells();
  config.metrics = {"mpvpe_mm", "mpjpe_mm"};
  const SweepResult result = run(config, folder / "sweep", trainer);
  EXPECT_DOUBLE_EQ(result.runs[3].value, 1);
  EXPECT_DOUBLE_EQ(result.runs[3].values.at("mpjpe_mm"), 8);
  config.metrics.push_back("pa_mpjpe_mm");
  EXPECT_THAT(read_sweep(config, folder / "sweep").runs[0].error, HasSubstr("its validation has no metric 'pa_mpjpe_mm'"));
}

}  // namespace
}  // namespace interprior
