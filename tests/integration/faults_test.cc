#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <torch/types.h>

#include "fixture.h"
#include "interprior/base/files/safetensors.h"
#include "interprior/hand/mano_model.h"

// Simulated faults of a long run.
namespace interprior {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class Faults : public ::testing::Test {
 protected:
  Outcome run(const Words& words, const std::function<void()>& prepare = {}) const {
    return Program(words, folder_.path(), prepare).finish();
  }
  // Requires exit code 1 and one error line.
  std::string expect_error(const Words& words, const std::function<void()>& prepare = {}) const {
    const Outcome outcome = run(words, prepare);
    EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
    EXPECT_THAT(outcome.errors(), SizeIs(1)) << outcome.err;
    return outcome.err;
  }

  const Fixture& fixture_ = fixture();
  TemporaryDirectory folder_;
};

TEST_F(Faults, CudaGraphsOnACpuAreRefused) {
  EXPECT_THAT(expect_error(fixture_.train_prior(folder_ / "run", 2, {"fit.cuda_graph=true"})),
              HasSubstr("CUDA graphs need a GPU (fit.cuda_graph): leave it out, or choose --device cuda"));
}

TEST_F(Faults, ALossThatStaysInfiniteStopsTheRunAndSavesTheBatch) {
  // One vertex, without weight in any joint, is too large for sums in float32.
  HandModel broken = read_hand_model(fixture_.hand());
  for (const Side side : kSides) {
    const torch::Tensor unused = (broken.hand[side].J_regressor.abs().sum(0) == 0).nonzero().flatten();
    ASSERT_GT(unused.numel(), 0);
    broken.hand[side].v_template.index_put_({unused[0].item<int64_t>()}, 1e37);
  }
  write_hand_model(folder_ / "broken.h5", broken);
  const Words overflowing = {"hand=" + (folder_ / "broken.h5").string(), "fit.max_bad_steps=6", "fit.log_every=3",
                             "fit.validate_every=1000"};
  const std::string message = expect_error(fixture_.train_prior(folder_ / "run", 100, overflowing));
  EXPECT_THAT(message, HasSubstr("step 0 was skipped"));
  EXPECT_THAT(message, HasSubstr("its samples: row "));
  EXPECT_THAT(message, HasSubstr("the last 6 steps had no finite loss"));
  EXPECT_THAT(message, HasSubstr("--replay"));
  EXPECT_THAT(bytes_of(folder_ / "run/log.jsonl"), HasSubstr("\"skipped_steps\":6"));
  const auto batch = folder_ / "run/faults/step_5_process_0.safetensors";
  ASSERT_TRUE(std::filesystem::exists(batch));

  const Outcome replayed = run(fixture_.train_prior(folder_ / "unused", 100, overflowing) + Words{"--replay", batch.string()});
  EXPECT_EQ(replayed.exit_code, 0) << replayed.err;
  EXPECT_THAT(replayed.out, HasSubstr("step 5, samples: row "));
  EXPECT_THAT(replayed.out, testing::ContainsRegex("vertices +(inf|nan|-) +[0-9.]+ +NO"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "unused"));
  // With the intact hand the same batch is finite.
  const Outcome sane = run(fixture_.train_prior(folder_ / "unused", 100) + Words{"--replay", batch.string()});
  EXPECT_EQ(sane.exit_code, 0) << sane.err;
  EXPECT_EQ(sane.out.find("NO"), std::string::npos) << sane.out;
  EXPECT_THAT(expect_error(fixture_.train_prior(folder_ / "unused", 100) + Words{"--replay", fixture_.prior().string()}),
              HasSubstr("RUN/faults"));
}

// A file size limit affects checkpoints but not small files, like a nearly full disk.
TEST_F(Faults, AFullDiskDoesNotStopTheTraining) {
  const auto words = [&](int64_t steps) { return fixture_.train_prior(folder_ / "run", steps, {"fit.checkpoint_every=2"}); };
  EXPECT_EQ(run(words(20) + Words{"--stop-after", "4"}).exit_code, 0);
  const std::string before = bytes_of(folder_ / "run/checkpoints/last.resume.safetensors");
  const auto limited = [] {
    const rlimit small{100000, 100000};
    setrlimit(RLIMIT_FSIZE, &small);
  };
  const std::string message = expect_error(words(20) + Words{"--resume"}, limited);
  EXPECT_THAT(message, HasSubstr("trying again"));
  EXPECT_THAT(message, HasSubstr("the last checkpoint could not be written"));
  EXPECT_THAT(message, HasSubstr("--resume"));
  EXPECT_EQ(bytes_of(folder_ / "run/checkpoints/last.resume.safetensors"), before);
  // There is disk space again.
  EXPECT_EQ(run(words(20) + Words{"--resume"}).exit_code, 0);
  EXPECT_EQ(Safetensors(folder_ / "run/checkpoints/last.safetensors").metadata().at("step"), "20");
}

TEST_F(Faults, ARunFolderThatCannotBeWrittenIsNamedBeforeAnyStep) {
  const std::string message = expect_error(fixture_.train_prior("/proc/interprior_run", 4));
  EXPECT_THAT(message, HasSubstr("/proc/interprior_run"));
  EXPECT_EQ(message.find("train "), std::string::npos) << message;
}

TEST_F(Faults, DeletedImagesEndTheRunWithACheckpoint) {
  const auto images = folder_ / "images";
  std::filesystem::copy(fixture_.images(), images, std::filesystem::copy_options::recursive);
  Words words =
      fixture_.train_sampler(folder_ / "run", 5000, {"data.train=[{path: " + images.string() + "}]", "fit.log_every=1"});
  Program program(words, folder_.path());
  ASSERT_TRUE(program.wait_for([&] { return bytes_of(folder_ / "run/log.jsonl").size() > 100; }));
  std::filesystem::remove_all(images / "images");
  const Outcome outcome = program.finish();
  EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
  ASSERT_THAT(outcome.errors(), SizeIs(1)) << outcome.err;
  EXPECT_THAT(outcome.errors()[0], HasSubstr(".jpg"));
  EXPECT_GT(std::stoll(Safetensors(folder_ / "run/checkpoints/last.safetensors").metadata().at("step")), 0);
}

TEST_F(Faults, TooLittleMemoryNamesTheKeysToLower) {
  const auto limited = [] {
    const rlimit small{rlim_t{6} << 30, rlim_t{6} << 30};
    setrlimit(RLIMIT_AS, &small);
  };
  const std::string message = expect_error(
      fixture_.train_prior(folder_ / "run", 4, {"loader.batch=65536", "loader.workers=0", "model.width=1024"}), limited);
  EXPECT_THAT(message, HasSubstr("too little memory"));
  EXPECT_THAT(message, HasSubstr("fit.accumulate"));
}

TEST_F(Faults, TwoProcessesDoNotTrainInOneFolder) {
  Program first(fixture_.train_prior(folder_ / "run", 100000), folder_.path());
  ASSERT_TRUE(first.wait_for([&] { return bytes_of(folder_ / "run/log.jsonl").size() > 100; }));
  EXPECT_THAT(expect_error(fixture_.train_prior(folder_ / "run", 100000) + Words{"--resume"}),
              HasSubstr("another process trains"));
  first.send(SIGTERM);
  EXPECT_EQ(first.finish().exit_code, 0);
}

TEST_F(Faults, BatchesThatCannotBeSharedAreRefused) {
  EXPECT_THAT(expect_error(fixture_.train_prior(folder_ / "run", 4, {"fit.accumulate=3"})), HasSubstr("multiple of 3"));
}

}  // namespace
}  // namespace interprior
