#include "interprior/experiment/sweep_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/base/log.h"
#include "interprior/run/run_folder.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// Four cells with two priors; one has no cue stage.
SweepConfig chain() {
  SweepConfig config;
  config.stages = {"prior", "cues"};
  config.seeds = {0, 1};
  config.set = {"all:hand=h.h5", "prior+cues:data.train.path=p.h5", "fit.steps=9"};
  config.cells = {{"full", {}},
                  {"joint", {"cues+sampler:model.heatmap.kind=joint"}},
                  {"few", {"prior:data.train.limit=5"}},
                  {"unprepared", {}, {"cues"}}};
  return config;
}

std::vector<PlannedRun> plan(const SweepConfig& config, size_t cell, int64_t seed, const std::filesystem::path& folder = "F") {
  return planned_runs(config, config.cells[cell], seed, folder);
}

TEST(SweepPlan, AStageGetsItsOwnOverridesAndTheCheckpointsOfTheEarlierOnes) {
  const auto runs = plan(chain(), 1, 1);
  ASSERT_EQ(runs.size(), 3u);
  EXPECT_THAT(runs[0].set, ElementsAre("hand=h.h5", "data.train.path=p.h5", "seed=1"));
  const std::string prior = "prior=" + checkpoint_of(runs[0].folder).string(),
                    cues = "cues=" + checkpoint_of(runs[1].folder).string();
  EXPECT_THAT(runs[1].set, ElementsAre(prior, "hand=h.h5", "data.train.path=p.h5", "model.heatmap.kind=joint", "seed=1"));
  EXPECT_THAT(runs[2].set, ElementsAre(prior, cues, "hand=h.h5", "fit.steps=9", "model.heatmap.kind=joint", "seed=1"));
  EXPECT_EQ(runs[2].folder, std::filesystem::path("F/joint/seed_1"));
  EXPECT_THAT(runs[0].folder.string(), HasSubstr("F/stages/prior-seed_1-"));
}

TEST(SweepPlan, CellsShareEqualStages) {
  const SweepConfig config = chain();
  const auto folder = [&](size_t cell, size_t stage, int64_t seed) { return plan(config, cell, seed)[stage].folder; };
  EXPECT_EQ(folder(0, 0, 0), folder(1, 0, 0));
  EXPECT_EQ(folder(0, 0, 0), folder(3, 0, 0));
  EXPECT_NE(folder(0, 0, 0), folder(2, 0, 0)) << "another prior";
  EXPECT_NE(folder(0, 0, 0), folder(0, 0, 1)) << "another seed";
  EXPECT_NE(folder(0, 1, 0), folder(1, 1, 0)) << "other cues";
  EXPECT_NE(folder(0, 1, 0), folder(2, 1, 0)) << "the same cue stage after another prior";
  EXPECT_EQ(plan(config, 3, 0).size(), 2u);
  EXPECT_THAT(plan(config, 3, 0)[1].set, Not(Contains(HasSubstr("cues="))));
}

TEST(SweepPlan, NamesDoNotDependOnTheFoldersLocation) {
  for (size_t stage = 0; stage < 2; ++stage)
    EXPECT_EQ(plan(chain(), 0, 0, "here")[stage].folder.filename(), plan(chain(), 0, 0, "/else/where")[stage].folder.filename());
}

TEST(SweepPlan, AStageWithASeedOfItsOwnIsTrainedOnce) {
  SweepConfig config = chain();
  config.set.push_back("prior:seed=7");
  EXPECT_EQ(plan(config, 0, 0)[0].folder, plan(config, 0, 1)[0].folder);
  EXPECT_THAT(plan(config, 0, 1)[0].folder.string(), HasSubstr("prior-seed_7-"));
  EXPECT_NE(plan(config, 0, 0)[1].folder, plan(config, 0, 1)[1].folder);
  config.set.back() = "seed=7";  // of the last task: the sweep's seeds take precedence
  EXPECT_EQ(plan(config, 0, 1)[2].set.back(), "seed=1");
}

TEST(SweepPlan, ConfigsOfStagesAreBesideTheBaseAndChangeTheName) {
  TemporaryDirectory folder;
  SweepConfig config = chain();
  for (const char* name : {"prior.yaml", "cues.yaml", "mine.yaml"}) write_file(folder / name, "seed: 1\n");
  config.base = (folder / "mine.yaml").string();
  const auto before = plan(config, 0, 0);
  EXPECT_EQ(before[0].base, (folder / "prior.yaml").string());
  EXPECT_EQ(before[2].base, (folder / "mine.yaml").string());
  write_file(folder / "cues.yaml", "seed: 2\n");
  const auto after = plan(config, 0, 0);
  EXPECT_EQ(after[0].folder, before[0].folder);
  EXPECT_NE(after[1].folder, before[1].folder);
  EXPECT_NE(after[2].settings, before[2].settings) << "the settings include the stages";
}

TEST(SweepPlan, ASweepCanEndAtAStage) {
  SweepConfig config = chain();
  config.base = "configs/x/sampler.yaml";
  const SweepConfig cues = ended_at(config, "cues");
  EXPECT_EQ(cues.task, "cues");
  EXPECT_EQ(cues.base, "configs/x/cues.yaml");
  EXPECT_THAT(cues.stages, ElementsAre("prior"));
  EXPECT_THAT(cues.cells[1].set, ElementsAre("cues:model.heatmap.kind=joint"));
  EXPECT_THAT(cues.set, ElementsAre("all:hand=h.h5", "prior+cues:data.train.path=p.h5")) << "fit.steps was the sampler's";
  EXPECT_EQ(cues.cells.size(), 3u) << "the cell without cues is dropped";
  const SweepConfig prior = ended_at(config, "prior");
  ASSERT_EQ(prior.cells.size(), 2u) << "full and joint share their prior";
  EXPECT_EQ(prior.cells[1].name, "few");
  EXPECT_EQ(ended_at(config, "sampler").task, "sampler");
  EXPECT_THAT([&] { ended_at(config, "fusion"); }, ThrowsError(AllOf(HasSubstr("'fusion'"), HasSubstr("prior, cues, sampler"))));
  config.cells[0].set = {"sampler:data.box=oracle"};
  EXPECT_THAT(ended_at(config, "cues").cells[0].set, IsEmpty());
}

// Records the runs that a trainer is called for, by folder.
struct Recorder {
  std::filesystem::path folder;
  std::vector<std::string> trained;
  std::string failing, stopping;

  bool operator()(const std::string& task, const std::string&, const std::vector<std::string>&,
                  const std::filesystem::path& run) {
    const std::string name = run.lexically_relative(folder).string();
    if (!stopping.empty() && name.find(stopping) != std::string::npos) return false;
    trained.push_back(task == "sampler" || task == "cues" ? name : task);
    if (!failing.empty() && name.find(failing) != std::string::npos) throw Error("the loss is not finite", name);
    RunFolder(run, "", false).log(1, "validation", {{"mpjpe_mm", 5}});
    return true;
  }
};

int64_t count_of(const std::vector<std::string>& words, const std::string& part) {
  return std::count_if(words.begin(), words.end(), [&](const std::string& word) { return word.find(part) != std::string::npos; });
}

TEST(SweepStages, AreTrainedOnceForAllCells) {
  TemporaryDirectory folder;
  set_log_level(LogLevel::off);
  Recorder recorder{folder / "sweep", {}, "", ""};
  const SweepResult result = run_sweep(chain(), folder / "sweep", "", std::ref(recorder));
  EXPECT_EQ(count_of(recorder.trained, "prior"), 4);        // two priors, two seeds
  EXPECT_EQ(count_of(recorder.trained, "stages/cues"), 6);  // three kinds, two seeds
  EXPECT_EQ(count_of(recorder.trained, "/seed_"), 8);
  for (const SweepResult::Run& run : result.runs) {
    EXPECT_TRUE(run.done) << run.cell;
    EXPECT_EQ(run.stages_done, run.cell == "unprepared" ? 1 : 2);
  }
  Recorder again{folder / "sweep", {}, "", ""};
  run_sweep(chain(), folder / "sweep", "", std::ref(again));
  EXPECT_THAT(again.trained, IsEmpty());
}

TEST(SweepStages, AFailedStageIsTriedOnceAndOtherCellsContinue) {
  TemporaryDirectory folder;
  set_log_level(LogLevel::off);
  Recorder failing{folder / "sweep", {}, plan(chain(), 0, 0)[0].folder.filename().string(), ""};
  const SweepResult result = run_sweep(chain(), folder / "sweep", "", std::ref(failing));
  EXPECT_EQ(count_of(failing.trained, "prior"), 4) << "the failing stage is trained once";
  for (const SweepResult::Run& run : result.runs) {
    const bool needs_it = run.seed == 0 && run.cell != "few";
    EXPECT_EQ(run.done, !needs_it) << run.cell << run.seed;
    if (needs_it) {
      EXPECT_THAT(run.error, AllOf(HasSubstr("stage prior-seed_0"), HasSubstr("not finite")));
    }
  }
  Recorder mended{folder / "sweep", {}, "", ""};
  for (const SweepResult::Run& run : run_sweep(chain(), folder / "sweep", "", std::ref(mended)).runs) EXPECT_TRUE(run.done);
  EXPECT_EQ(count_of(mended.trained, "prior"), 1);
}

TEST(SweepStages, ASweepStoppedInAStageResumesThere) {
  TemporaryDirectory folder;
  set_log_level(LogLevel::off);
  Recorder stopped{folder / "sweep", {}, "", "stages/cues-seed_0"}, rest{folder / "sweep", {}, "", ""};
  const SweepResult result = run_sweep(chain(), folder / "sweep", "", std::ref(stopped));
  EXPECT_THAT(stopped.trained, ElementsAre("prior"));
  EXPECT_FALSE(result.runs[0].done);
  EXPECT_EQ(result.runs[0].error, "");
  EXPECT_EQ(result.runs[0].stages_done, 1);
  run_sweep(chain(), folder / "sweep", "", std::ref(rest));
  EXPECT_EQ(count_of(rest.trained, "prior"), 3);
}

TEST(SweepStages, TheRecordedSweepFindsTheSameRuns) {
  TemporaryDirectory folder;
  set_log_level(LogLevel::off);
  SweepConfig config = chain();
  for (const char* name : {"prior.yaml", "cues.yaml", "sampler.yaml"}) write_file(folder / name, std::string("# ") + name);
  config.base = (folder / "sampler.yaml").string();
  Recorder recorder{folder / "sweep", {}, "", ""};
  run_sweep(config, folder / "sweep", "", std::ref(recorder));
  for (const char* name : {"prior.yaml", "cues.yaml", "sampler.yaml"}) std::filesystem::remove(folder / name);
  for (const SweepResult::Run& run : read_sweep(read_sweep_config(folder / "sweep"), folder / "sweep").runs) {
    EXPECT_TRUE(run.done) << run.cell << ": " << run.error;
    EXPECT_EQ(run.stages_done, run.stages) << run.cell;
  }
}

}  // namespace
}  // namespace interprior
