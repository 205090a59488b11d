#include "interprior/run/run_folder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>

#include "interprior/base/files/atomic_file.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

void append(const std::filesystem::path& file, const std::string& text) { std::ofstream(file, std::ios::app) << text; }

TEST(RunFolder, HoldsConfigLogAndEvents) {
  TemporaryDirectory folder;
  RunFolder run(folder / "run", "seed: 3\n", false);
  run.log(1, "train", {{"loss/total", 0.1}, {"learning_rate", 1e-5}});
  EXPECT_EQ(read_file(folder / "run" / "config.yaml"), "seed: 3\n");
  EXPECT_TRUE(std::filesystem::is_directory(run.checkpoints()));
  EXPECT_GT(std::filesystem::file_size(run.events()), 60u);
  EXPECT_TRUE(is_run_folder(folder / "run"));
  EXPECT_FALSE(is_run_folder(folder.path()));
}

TEST(RunFolder, LogReadsBackExactlyWithStepGroupAndTime) {
  TemporaryDirectory folder;
  RunFolder run(folder / "run", "", false);
  run.log(20, "train", {{"loss/total", 1.0 / 3}});
  run.log(20, "validation", {{"mpjpe_mm", std::numeric_limits<double>::quiet_NaN()}});
  const auto lines = read_log(folder / "run");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].step, 20);
  EXPECT_EQ(lines[0].group, "train");
  EXPECT_EQ(lines[0].values.at("loss/total"), 1.0 / 3);
  EXPECT_GT(lines[0].time, 1.6e9);
  EXPECT_EQ(lines[1].group, "validation");
  EXPECT_TRUE(std::isnan(lines[1].values.at("mpjpe_mm")));
}

TEST(RunFolder, ARunIsNeverOverwrittenAndAMissingOneNotResumed) {
  TemporaryDirectory folder;
  EXPECT_THAT([&] { RunFolder(folder / "run", "", true); },
              ThrowsError(AllOf(HasSubstr("no run to resume"), HasSubstr("--resume"))));
  RunFolder(folder / "run", "a: 1\n", false);
  EXPECT_THAT([&] { RunFolder(folder / "run", "a: 2\n", false); },
              ThrowsError(AllOf(HasSubstr("already holds a run"), HasSubstr("--run"))));
  EXPECT_EQ(read_file(folder / "run" / "config.yaml"), "a: 1\n");
}

TEST(RunFolder, AResumeKeepsTheLogAndStartsItsOwnEventFile) {
  TemporaryDirectory folder;
  std::filesystem::path first_events;
  {
    RunFolder first(folder / "run", "a: 1\n", false);
    first.log(1, "train", {{"x", 1}});
    first_events = first.events();
    EXPECT_THAT([&] { RunFolder(folder / "run", "a: 1\n", true); }, ThrowsError(HasSubstr("another process")));
  }
  const auto size = std::filesystem::file_size(first_events);
  RunFolder second(folder / "run", "a: 2\n", true);
  EXPECT_EQ(read_file(folder / "run" / "config.yaml"), "a: 1\n") << "recorded once the run has resumed";
  second.resume_from(1);
  second.log(2, "train", {{"x", 2}});
  EXPECT_EQ(read_log(folder / "run").size(), 2u);
  EXPECT_EQ(std::filesystem::file_size(first_events), size);
  EXPECT_LT(first_events, second.events());  // TensorBoard reads files in order of names
  EXPECT_EQ(read_file(folder / "run" / "config.yaml"), "a: 2\n");
}

TEST(RunFolder, TruncationDropsLaterStepsAndTheLineCutByAKill) {
  TemporaryDirectory folder;
  RunFolder run(folder / "run", "", false);
  for (int64_t step : {10, 20, 30}) run.log(step, "train", {{"x", static_cast<double>(step)}});
  append(folder / "run" / "log.jsonl", R"({"step":40,"gro)");
  EXPECT_EQ(read_log(folder / "run").size(), 3u);
  run.resume_from(20);
  run.log(21, "train", {});
  const auto lines = read_log(folder / "run");
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[1].step, 20);
  EXPECT_EQ(lines[2].step, 21);
}

TEST(RunFolder, ADamagedLineDoesNotPreventAResume) {
  TemporaryDirectory folder;
  RunFolder run(folder / "run", "", false);
  for (int64_t step : {10, 20}) {
    run.log(step, "train", {{"x", static_cast<double>(step)}});
    append(folder / "run" / "log.jsonl", std::string("\0\0\0\n", 4));
  }
  const std::string before = read_file(folder / "run" / "log.jsonl");
  run.resume_from(20);
  EXPECT_EQ(read_log(folder / "run").size(), 2u);
  EXPECT_EQ(read_file(folder / "run" / "log.damaged.jsonl"), before);
}

TEST(RunFolder, CheckpointsWithoutAConfigAreNotOverwritten) {
  TemporaryDirectory folder;
  write_file(folder / "run" / "checkpoints" / "last.safetensors", "days of work");
  for (const bool resume : {false, true})
    EXPECT_THAT([&] { RunFolder(folder / "run", "", resume); },
                ThrowsError(AllOf(HasSubstr("no config.yaml of a run"), HasSubstr("set init=FILE"))));
  EXPECT_EQ(read_file(folder / "run" / "checkpoints" / "last.safetensors"), "days of work");
}

TEST(RunFolder, AFileIsNoFolderOfARun) {
  TemporaryDirectory folder;
  write_file(folder / "tuned.safetensors", "weights");
  for (const bool resume : {false, true})
    EXPECT_THAT([&] { RunFolder(folder / "tuned.safetensors", "", resume); },
                ThrowsError(AllOf(HasSubstr("this is a file"), HasSubstr("set init=FILE"))));
}

TEST(RunFolder, ADamagedLineIsNamedByFileAndLine) {
  for (const char* damage : {"{", "[]", "7", "{\"step\":1}", "{\"step\":1.5,\"group\":\"train\"}",
                             "{\"step\":1,\"group\":\"a\",\"x\":\"y\"}", "\x01\xFF"}) {
    TemporaryDirectory folder;
    RunFolder run(folder / "run", "", false);
    run.log(1, "train", {});
    append(folder / "run" / "log.jsonl", std::string(damage) + "\n");
    EXPECT_THAT([&] { read_log(folder / "run"); }, ThrowsError(HasSubstr("log.jsonl:2"))) << damage;
  }
}

}  // namespace
}  // namespace interprior
