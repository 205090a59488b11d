#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <nlohmann/json.hpp>
#include <set>

#include "fixture.h"
#include "interprior/hand/mano_model.h"

// Sweeps: complete, killed, resumed, in parts, and with invalid configs.
namespace interprior {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string yaml_list(const Words& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "\"" : ", \"") + word + "\"";
  return "[" + text + "]";
}

// Overrides for one stage.
Words of_stage(const std::string& stage, const Words& words) {
  Words out;
  for (const std::string& word : words) out.push_back(stage + ":" + word);
  return out;
}

class Sweeps : public ::testing::Test {
 protected:
  // Minimal configs of the stages: all settings are in the sweeps.
  Sweeps() {
    for (const char* name : {"prior.yaml", "cues.yaml", "sampler.yaml"}) std::ofstream(folder_ / name) << "seed: 1\n";
  }

  // A sweep prior -> cues (-> sampler) of a few seconds.
  void write_sweep(const std::string& cells, const std::string& task = "cues", const Words& more = {}) const {
    Words set = of_stage("prior", kTinyPrior + Words{"fit.steps=6"}) + of_stage("cues", kTinySampler + Words{"fit.steps=6"}) +
                Words{"all:hand=" + fixture_.hand().string(), "prior+cues:data.train.path=" + fixture_.patterns().string()};
    if (task == "sampler")
      set = set + of_stage("sampler", kTinySampler + Words{"fit.steps=3", "hypotheses=3",
                                                           "data.train=[{path: " + fixture_.images().string() + "}]"});
    std::ofstream(folder_ / "sweep.yaml") << "claim: more is more\ntask: " << task << "\nbase: " << task
                                          << ".yaml\nstages: " << (task == "cues" ? "[prior]" : "[prior, cues]")
                                          << "\nseeds: [0, 1]\nset: " << yaml_list(set + more) << "\ncells:\n"
                                          << cells;
  }
  Outcome run(const Words& more) const {
    return run_program(Words{"sweep", "sweep.yaml", "--device", "cpu"} + more, folder_.path());
  }
  json result_of(const std::string& run) const { return json::parse(bytes_of(folder_ / run / "result.json"), nullptr, false); }
  int64_t stages_called(const std::string& begin, const std::string& sweep = "sweep") const {
    int64_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / sweep / "stages"))
      count += entry.path().filename().string().rfind(begin, 0) == 0;
    return count;
  }
  // Requires exit code 1, one error line, and that nothing was trained.
  void expect_refused(const std::string& what, const Words& more = {}) const {
    const Outcome outcome = run(Words{"--run", "refused"} + more);
    EXPECT_EQ(outcome.exit_code, 1) << what << outcome.err;
    ASSERT_EQ(outcome.errors().size(), 1u) << outcome.err;
    EXPECT_THAT(outcome.errors()[0], HasSubstr(what));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "refused")) << what;
  }

  // A different hand file.
  std::string other_hand() const {
    HandModel other = read_hand_model(fixture_.hand());
    for (const Side side : kSides) other.hand[side].v_template = other.hand[side].v_template * 1.01;
    write_hand_model(folder_ / "other.h5", other);
    return (folder_ / "other.h5").string();
  }

  const Fixture& fixture_ = fixture();
  TemporaryDirectory folder_;
  const std::string two_cells_ = "  - {name: few, set: [\"prior+cues:data.train.limit=20\"]}\n  - {name: all, set: []}\n";
};

// A killed sweep gives exactly the results of an uninterrupted one, and trains nothing twice.
TEST_F(Sweeps, AKilledSweepResumesToTheSameNumbers) {
  write_sweep(two_cells_, "cues", {"all:fit.checkpoint_every=2", "cues:fit.steps=30"});
  ASSERT_EQ(run({"--run", "whole"}).exit_code, 0);
  Program program({"sweep", "sweep.yaml", "--device", "cpu", "--run", "killed"}, folder_.path());
  const auto log = [&] { return bytes_of(folder_ / "killed/all/seed_0/log.jsonl"); };
  ASSERT_TRUE(program.wait_for([&] { return log().find("\"step\":7") != std::string::npos; })) << program.finish().err;
  program.send(SIGKILL);
  EXPECT_EQ(program.finish().exit_code, 128 + SIGKILL);
  EXPECT_TRUE(result_of("killed/few/seed_1").is_object());
  EXPECT_TRUE(result_of("killed/all/seed_0").is_discarded()) << "the sweep ended before it was killed";
  const Outcome list = run({"--run", "killed", "--list"});
  EXPECT_THAT(list.out, AllOf(HasSubstr("done"), HasSubstr("unfinished"), HasSubstr("to do")));
  const auto time = std::filesystem::last_write_time(folder_ / "killed/few/seed_0/checkpoints/last.safetensors");

  const Outcome again = run({"--run", "killed"});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(std::filesystem::last_write_time(folder_ / "killed/few/seed_0/checkpoints/last.safetensors"), time);
  for (const char* name : {"few/seed_0", "few/seed_1", "all/seed_0", "all/seed_1"})
    EXPECT_EQ(result_of("killed/" + std::string(name)), result_of("whole/" + std::string(name))) << name;
  EXPECT_EQ(bytes_of(folder_ / "killed/table.csv"), bytes_of(folder_ / "whole/table.csv"));
  std::set<std::string> seen;  // a resumed log has every step once
  std::istringstream lines(log());
  for (std::string line; std::getline(lines, line);) {
    const json entry = json::parse(line, nullptr, false);
    ASSERT_TRUE(entry.is_object()) << line;
    EXPECT_TRUE(seen.insert(entry["group"].get<std::string>() + entry["step"].dump()).second) << line;
  }
  for (const char* name : {"table.csv", "table.tex", "report.html", "all/seed_1/report.html"})
    EXPECT_TRUE(std::filesystem::exists(folder_ / "killed" / name)) << name;
}

TEST_F(Sweeps, CellsThatTrainASamplerShareEarlierStages) {
  write_sweep(
      "  - {name: full, set: []}\n  - {name: tuned, set: [model.finetune_decoder=true]}\n"
      "  - {name: no_cues, set: [], without: [cues]}\nmetrics: [mpjpe_mm, best_of_2_mpjpe_mm]\n",
      "sampler");
  const Outcome outcome = run({"--run", "sweep", "--seed", "1"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(stages_called("prior-seed_1-"), 1);
  EXPECT_EQ(stages_called("cues-seed_1-"), 1);
  EXPECT_EQ(stages_called("prior-seed_0-"), 0) << "seed 0 was not selected";
  EXPECT_THAT(bytes_of(folder_ / "sweep/full/seed_1/config.yaml"), HasSubstr("stages/cues-seed_1-"));
  EXPECT_THAT(bytes_of(folder_ / "sweep/no_cues/seed_1/config.yaml"), Not(HasSubstr("stages/cues-seed_1-")));
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("baseline: mean pose, GT orientation"), HasSubstr("best_of_2_mpjpe_mm")));
  EXPECT_NE(bytes_of(folder_ / "sweep/table_best_of_2_mpjpe_mm.csv"), "");
  const json values = result_of("sweep/full/seed_1")["values"];
  EXPECT_LE(values["best_of_3_mpjpe_mm"].get<double>(), values["best_of_2_mpjpe_mm"].get<double>());
  EXPECT_TRUE(values["spread_rank_correlation"].is_number());
  EXPECT_THAT(bytes_of(folder_ / "sweep/report.html"), AllOf(HasSubstr("more is more"), HasSubstr("While they learn")));

  // Another metric of the same runs: trains nothing, and keeps the sweep's own table.
  const std::string own_table = bytes_of(folder_ / "sweep/table.csv");
  const Outcome other = run({"--run", "sweep", "--seed", "1", "--metric", "mpvpe_mm"});
  ASSERT_EQ(other.exit_code, 0) << other.err;
  EXPECT_THAT(other.out, AllOf(HasSubstr("claim under test: more is more (mpvpe_mm"), Not(HasSubstr("best_of_2_mpjpe_mm"))));
  EXPECT_EQ(bytes_of(folder_ / "sweep/table.csv"), own_table);
  EXPECT_THAT(bytes_of(folder_ / "sweep/table_mpvpe_mm.csv"), HasSubstr("full"));
  EXPECT_THAT(other.err, Not(HasSubstr("seed 1\n")));
  EXPECT_THAT(run({"--run", "sweep", "--seed", "1", "--metric", "fame"}).err,
              AllOf(HasSubstr("no metric 'fame'"), HasSubstr("mpvpe_mm")));
}

TEST_F(Sweeps, AFailedCellIsReportedAndTheOthersContinue) {
  write_sweep("  - {name: broken, set: [\"cues:fit.accumulate=7\"]}\n" + two_cells_);  // fails only in training
  const Outcome outcome = run({"--run", "sweep", "--seed", "0"});
  EXPECT_EQ(outcome.exit_code, 1);
  ASSERT_EQ(outcome.errors().size(), 1u) << outcome.err;
  EXPECT_THAT(outcome.errors()[0], AllOf(HasSubstr("1 of 6 runs failed"), HasSubstr("multiple of 7")));
  EXPECT_THAT(bytes_of(folder_ / "sweep/broken/seed_0/error.txt"), HasSubstr("multiple of 7"));
  for (const char* name : {"few", "all"}) EXPECT_TRUE(result_of("sweep/" + std::string(name) + "/seed_0").is_object()) << name;
  EXPECT_THAT(outcome.out, HasSubstr("few"));
  EXPECT_THAT(run({"--run", "sweep", "--list"}).out, HasSubstr("failed"));
}

TEST_F(Sweeps, ListShowsTheSelectedRunsOfATrainablePlan) {
  write_sweep(two_cells_);
  const auto rows = [](const Outcome& outcome) { return std::count(outcome.out.begin(), outcome.out.end(), '\n') - 2; };  // head
  EXPECT_EQ(rows(run({"--run", "sweep", "--list"})), 4);
  const Outcome one = run({"--run", "sweep", "--list", "--only", "few", "--seed", "1"});
  EXPECT_EQ(rows(one), 1) << one.out;
  EXPECT_THAT(one.out, ContainsRegex("few +1 +to do"));
  EXPECT_EQ(rows(run({"--run", "sweep", "--list", "--seed", "0"})), 2);
  EXPECT_THAT(run({"--run", "sweep", "--list", "--only", "fwe"}).err, HasSubstr("its cells are few, all"));
  const Outcome absent = run({"--run", "sweep", "--list", "--set", "prior:data.train.path=none.h5"});
  EXPECT_EQ(absent.exit_code, 1);
  EXPECT_THAT(absent.err, HasSubstr("none.h5"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "sweep"));
}

TEST_F(Sweeps, CtrlCReportsTheProgress) {
  write_sweep(two_cells_, "cues", {"cues:fit.steps=2000"});
  Program program({"sweep", "sweep.yaml", "--device", "cpu", "--run", "sweep"}, folder_.path());
  ASSERT_TRUE(program.wait_for([&] { return bytes_of(folder_ / "sweep/few/seed_0/log.jsonl").size() > 100; }))
      << program.error_output();
  program.send(SIGINT);
  const Outcome outcome = program.finish();
  EXPECT_EQ(outcome.exit_code, 130) << outcome.err;
  EXPECT_THAT(outcome.err, ContainsRegex("few/seed_0 stopped at [0-9]+ of 2000; 4 of 4 runs are not finished"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "sweep/table.csv"));
}

TEST_F(Sweeps, OneRunAndTheSameCellsUpToAnEarlierStage) {
  write_sweep(two_cells_);
  EXPECT_EQ(run({"--run", "sweep", "--only", "all", "--seed", "1"}).exit_code, 0);
  EXPECT_TRUE(result_of("sweep/all/seed_1").is_object());
  EXPECT_FALSE(std::filesystem::exists(folder_ / "sweep/few"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "sweep/all/seed_0"));
  const Outcome prior = run({"--base", "prior.yaml", "--seed", "0"});
  ASSERT_EQ(prior.exit_code, 0) << prior.err;
  EXPECT_THAT(prior.out, HasSubstr("prior_joint_error_mm"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "runs/sweeps/sweep-prior/few/seed_0/checkpoints/last.safetensors"));
}

// Two processes in one folder: each stage and run is trained by one of them.
TEST_F(Sweeps, TwoProcessesShareTheWork) {
  write_sweep("  - {name: A, set: []}\n  - {name: B, set: [\"model.left_rotation=image\"]}\n");
  const auto started = [&](const std::string& cell) {
    return Words{"sweep", "sweep.yaml", "--device", "cpu", "--run", "sweep", "--seed", "0", "--only", cell};
  };
  Program a(started("A"), folder_.path()), b(started("B"), folder_.path()), again(started("B"), folder_.path());
  for (Program* program : {&a, &b, &again}) EXPECT_EQ(program->finish().exit_code, 0);
  EXPECT_EQ(stages_called("prior-seed_0-"), 1);
  for (const char* cell : {"A", "B"}) EXPECT_TRUE(result_of("sweep/" + std::string(cell) + "/seed_0").is_object());
}

TEST_F(Sweeps, InvalidConfigsAreOneMessageBeforeAnyTraining) {
  write_sweep(two_cells_ + "  - {name: all, set: []}\n");
  expect_refused("two cells are called 'all'");
  write_sweep("  []\n");
  expect_refused("at least one cell");
  write_sweep(two_cells_ + "  - {name: late, set: [model.fusion.dept=1]}\n");
  expect_refused("cell late, cues");
  write_sweep(two_cells_ + "sedes: [1]\n");
  expect_refused("did you mean seeds");
  write_sweep(two_cells_);
  expect_refused("modality `marker`", {"--set", "prior:data.train.modality=[marker]"});
  expect_refused("another hand file", {"--set", "prior=" + fixture_.prior().string(), "--set", "cues:hand=" + other_hand()});
  expect_refused("no stage 'sampler'", {"--until", "sampler"});
  expect_refused("no seed 7", {"--seed", "7"});
  expect_refused("no cell 'C'", {"--only", "C"});
}

}  // namespace
}  // namespace interprior
