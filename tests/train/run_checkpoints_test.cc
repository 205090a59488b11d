#include "interprior/run/run_checkpoints.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <torch/nn.h>
#include <torch/types.h>
#include <torch/utils.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>

#include "interprior/base/files/atomic_file.h"
#include "interprior/base/files/safetensors.h"
#include "interprior/base/seed.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"
#include "train/optimiser.h"

// Every file of a checkpoint is renamed into place: kills the process before (even) or after (odd) the n-th rename.
static int death_at_rename = -1;
extern "C" int rename(const char* from, const char* to) noexcept {
  static const auto really = reinterpret_cast<int (*)(const char*, const char*)>(dlsym(RTLD_NEXT, "rename"));
  if (death_at_rename == 0) _exit(1);
  const int result = really(from, to);
  if (death_at_rename == 1) _exit(1);
  if (death_at_rename > 0) death_at_rename -= 2;
  return result;
}

namespace interprior {
namespace {

using ::testing::HasSubstr;

FitConfig config_keeping(int64_t keep) {
  FitConfig config;
  config.keep_last = keep;
  config.ema_decay = 0.9;
  return config;
}

CheckpointInfo info_with(double error) {
  CheckpointInfo info;
  info.kind = "prior";
  info.metrics["mpjpe_mm"] = metric_text(error);
  return info;
}

CheckpointPolicy policy_keeping(int64_t keep) {
  const FitConfig config = config_keeping(keep);
  return {config.keep_last, config.monitor};
}

std::optional<RunPosition> resume(const std::filesystem::path& checkpoints, Optimiser& optimiser) {
  return resume_from(checkpoints, [&](const Safetensors& state) { optimiser.load(state); });
}

// A trainable layer and its optimiser.
struct Learner {
  torch::nn::Linear layer{nullptr};
  std::unique_ptr<Optimiser> optimiser;
  Learner() {
    torch::manual_seed(1);
    layer = torch::nn::Linear(torch::nn::LinearOptions(4, 3));
    optimiser = std::make_unique<Optimiser>(*layer, config_keeping(2));
  }
  void step(int64_t step) {
    optimiser->step(layer->forward(normal_tensor({5, 4}, Seed{static_cast<uint64_t>(step)})).square().mean(), step);
  }
};

void save_next(RunCheckpoints& checkpoints, Learner& learner, int64_t step, double error) {
  learner.step(step - 1);
  const bool best = checkpoints.is_best(step, {{"mpjpe_mm", error}});
  checkpoints.save(learner.optimiser->state(), info_with(error), {step, 8 * step, 8, 1}, best);
}

std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

void change_a_byte(const std::filesystem::path& file, int64_t from_end) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(-from_end, std::ios::end);
  const char byte = static_cast<char>(stream.get() ^ 0x40);
  stream.seekp(-from_end, std::ios::end);
  stream.put(byte);
}

class RunCheckpointsTest : public ::testing::Test {
 protected:
  // Steps 1..count, each saved.
  void save_steps(int64_t count, int64_t keep = 2) {
    RunCheckpoints checkpoints(folder_.path(), policy_keeping(keep));
    for (int64_t step = 1; step <= count; ++step) save_next(checkpoints, learner_, step, std::abs(static_cast<double>(step) - 2));
    checkpoints.finish();
  }
  const TemporaryDirectory folder_;
  Learner learner_;
};

TEST_F(RunCheckpointsTest, KeepsTheNewestAndTheBest) {
  save_steps(5);
  EXPECT_EQ(names_in(folder_.path()),
            (std::vector<std::string>{"best.safetensors", "last.resume.safetensors", "last.safetensors",
                                      "step_000000004.resume.safetensors", "step_000000004.safetensors",
                                      "step_000000005.resume.safetensors", "step_000000005.safetensors"}));
  EXPECT_EQ(read_checkpoint_info(read_safetensors_header(folder_ / "best.safetensors")).step, 2);
  EXPECT_EQ(read_checkpoint_info(read_safetensors_header(folder_ / "last.safetensors")).step, 5);
}

TEST_F(RunCheckpointsTest, TheBestIsKeptAcrossAResume) {
  {
    RunCheckpoints checkpoints(folder_.path(), policy_keeping(2));
    EXPECT_TRUE(checkpoints.is_best(1, {{"mpjpe_mm", 4}}));
    checkpoints.save(learner_.optimiser->state(), info_with(4), {1, 8, 8, 1}, true);
    checkpoints.finish();
  }
  RunCheckpoints again(folder_.path(), policy_keeping(2));
  EXPECT_FALSE(again.is_best(2, {{"mpjpe_mm", 4.00001}}));
  EXPECT_FALSE(again.is_best(2, {{"mpjpe_mm", std::nan("")}}));
  EXPECT_FALSE(again.is_best(2, {{"other", 1}}));
  EXPECT_TRUE(again.is_best(2, {{"mpjpe_mm", 3.9}}));
  EXPECT_TRUE(again.is_best(1, {{"mpjpe_mm", 4}})) << "repeated after a kill";
}

TEST_F(RunCheckpointsTest, AValidationWithoutTheMonitoredMetricIsSaid) {
  RunCheckpoints checkpoints(folder_.path(), policy_keeping(2));
  testing::internal::CaptureStderr();
  EXPECT_FALSE(checkpoints.is_best(7, {{"other", 1}}));
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "[warning] the validation of step 7 has no mpjpe_mm (fit.monitor), so best.safetensors is not written\n");
  testing::internal::CaptureStderr();
  EXPECT_TRUE(checkpoints.is_best(8, {{"mpjpe_mm", 4}}));
  RunCheckpoints none(folder_.path(), {2, ""});
  EXPECT_FALSE(none.is_best(7, {{"other", 1}}));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(RunCheckpointsTest, FilesHoldTheStateAtTheTimeOfTheSave) {
  {
    RunCheckpoints checkpoints(folder_.path(), policy_keeping(2));
    learner_.step(0);
    checkpoints.save(learner_.optimiser->state(), info_with(1), {1, 8, 8, 1}, false);
    for (int64_t step = 1; step < 50; ++step) learner_.step(step);
  }
  Learner other, expected;
  expected.step(0);
  const auto position = resume(folder_.path(), *other.optimiser);
  ASSERT_TRUE(position);
  EXPECT_EQ(position->step, 1);
  EXPECT_EQ(position->samples, 8);
  EXPECT_TRUE(torch::equal(other.layer->weight, expected.layer->weight));
  const Safetensors use(folder_ / "last.safetensors");
  EXPECT_TRUE(torch::equal(use.tensor("weight"), expected.layer->weight));
  EXPECT_TRUE(torch::equal(use.tensor("averaged.weight"), expected.optimiser->ema_weights().at("weight")));
}

TEST_F(RunCheckpointsTest, AnEmptyFolderHasNoStateToResume) {
  EXPECT_FALSE(resume(folder_.path(), *learner_.optimiser));
  EXPECT_FALSE(has_resume_state(folder_.path()));
}

// Damage to the newest checkpoint: truncated, changed values, changed header, emptied, another file.
TEST_F(RunCheckpointsTest, TheStateBeforeDamagedOnesIsUsed) {
  save_steps(3);
  std::filesystem::remove(folder_ / "last.resume.safetensors");  // a link to the same file
  const auto newest = folder_ / "step_000000003.resume.safetensors";
  const std::string whole = read_file(newest);
  const auto size = static_cast<int64_t>(whole.size());
  const std::vector<std::function<void()>> damages = {
      [&] { std::filesystem::resize_file(newest, static_cast<size_t>(size) / 2); },
      [&] { change_a_byte(newest, 3); },
      [&] { change_a_byte(newest, size - 20); },
      [&] { std::filesystem::resize_file(newest, 0); },
      [&] { write_file(newest, "something else"); },
  };
  for (size_t i = 0; i < damages.size(); ++i) {
    write_file(newest, whole);
    Learner good;
    EXPECT_EQ(resume(folder_.path(), *good.optimiser)->step, 3);
    std::filesystem::remove(folder_ / "last.resume.safetensors");
    damages[i]();
    Learner other, expected;
    for (int64_t step = 0; step < 2; ++step) expected.step(step);
    const auto position = resume(folder_.path(), *other.optimiser);
    ASSERT_TRUE(position) << i;
    EXPECT_EQ(position->step, 2) << i;
    EXPECT_TRUE(torch::equal(other.layer->weight, expected.layer->weight)) << i;
  }
  std::filesystem::resize_file(folder_ / "step_000000002.resume.safetensors", 100);
  EXPECT_THAT([&] { resume(folder_.path(), *learner_.optimiser); }, ThrowsError(HasSubstr("no checkpoint of this run")));
}

// Kills the save of the last step (which is the best and possibly the first) before and after each rename. A resumed run must end
// with the files of an undisturbed run (and possibly an older one that the killed run had no time to remove).
class KilledSave : public RunCheckpointsTest, public ::testing::WithParamInterface<int64_t> {
 protected:
  static void save_to(const std::filesystem::path& folder, int64_t end) {
    Learner learner;
    const auto saved = resume(folder, *learner.optimiser);
    RunCheckpoints checkpoints(folder, policy_keeping(2));
    for (int64_t step = saved.value_or(RunPosition{}).step + 1; step <= end; ++step)
      save_next(checkpoints, learner, step, 9.0 - static_cast<double>(step));
    checkpoints.finish();
  }
};

TEST_P(KilledSave, DoesNotChangeTheFinalFiles) {
  const int64_t end = GetParam();
  const auto straight = folder_ / "straight/checkpoints";
  save_to(straight, end);
  int deaths = 0;
  for (bool died = true; died; ++deaths) {
    const auto run = folder_ / std::to_string(deaths), folder = run / "checkpoints";
    save_to(folder, end - 1);
    const pid_t child = fork();
    if (child == 0) {
      death_at_rename = deaths;
      save_to(folder, end);
      _exit(0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    died = WEXITSTATUS(status) != 0;
    remove_unfinished_files(folder);  // as at each start
    const bool something = std::filesystem::exists(folder / "last.safetensors");
    EXPECT_TRUE(!something || has_resume_state(run) || ended_in_first_checkpoint(run)) << "death " << deaths;
    // A saved step has all its files.
    EXPECT_TRUE(!is_saved_at(run, end) ||
                read_file(folder / "last.resume.safetensors") == read_file(straight / "last.resume.safetensors"));
    EXPECT_TRUE(died || is_saved_at(run, end));
    save_to(folder, end);
    EXPECT_TRUE(is_saved_at(run, end)) << "death " << deaths;
    for (const std::string& name : names_in(straight))
      EXPECT_TRUE(read_file(folder / name) == read_file(straight / name)) << name << ", death " << deaths;
    EXPECT_FALSE(ended_in_first_checkpoint(run));
    EXPECT_FALSE(std::filesystem::exists(folder / "first.unfinished"));
  }
  EXPECT_GE(deaths, 2 * 5 + 1) << "step_N, last and best for inference, step_N and last for resuming";
}
INSTANTIATE_TEST_SUITE_P(LastStep, KilledSave, ::testing::Values(1, 3));

TEST_F(RunCheckpointsTest, ABestThatCouldNotBeWrittenDoesNotCount) {
  std::filesystem::create_directories(folder_ / "best.safetensors");  // blocks the file name
  {
    RunCheckpoints checkpoints(folder_.path(), policy_keeping(2));
    save_next(checkpoints, learner_, 1, 4);
    EXPECT_THAT([&] { checkpoints.finish(); }, ThrowsError(HasSubstr("best.safetensors")));
    std::filesystem::remove(folder_ / "best.safetensors");
    save_next(checkpoints, learner_, 2, 5);
    checkpoints.finish();
  }
  EXPECT_EQ(read_checkpoint_info(read_safetensors_header(folder_ / "best.safetensors")).step, 2);
}

TEST_F(RunCheckpointsTest, CheckpointsWrittenAfterADamagedOneAreKept) {
  save_steps(5);
  std::filesystem::resize_file(folder_ / "step_000000005.resume.safetensors", 100);
  Learner other;
  ASSERT_EQ(resume(folder_.path(), *other.optimiser)->step, 4);
  {
    RunCheckpoints checkpoints(folder_.path(), policy_keeping(1));
    checkpoints.save(other.optimiser->state(), info_with(9), {4, 32, 8, 1}, false);
    checkpoints.finish();
  }
  EXPECT_EQ(resume(folder_.path(), *other.optimiser)->step, 4);
}

TEST_F(RunCheckpointsTest, ANewerLastIsUsedWhenItsNumberedCopyWasRemoved) {
  save_steps(4);
  std::filesystem::remove(folder_ / "step_000000004.resume.safetensors");
  Learner other;
  EXPECT_EQ(resume(folder_.path(), *other.optimiser)->step, 4);
}

TEST_F(RunCheckpointsTest, EmaWeightsMayBeginLater) {
  FitConfig without = config_keeping(2);
  without.ema_decay = 0;
  Learner plain;
  plain.optimiser = std::make_unique<Optimiser>(*plain.layer, without);
  {
    RunCheckpoints checkpoints(folder_.path(), {without.keep_last, without.monitor});
    checkpoints.save(plain.optimiser->state(), info_with(1), {1, 8, 8, 1}, false);
    checkpoints.finish();
  }
  ASSERT_TRUE(resume(folder_.path(), *learner_.optimiser));
  EXPECT_TRUE(torch::equal(learner_.optimiser->ema_weights().at("weight"), plain.layer->weight));
}

TEST_F(RunCheckpointsTest, AnotherNetworkIsRefused) {
  save_steps(2);
  torch::nn::Linear wide(4, 7);
  Optimiser optimiser(*wide, config_keeping(2));
  EXPECT_THAT([&] { resume(folder_.path(), optimiser); }, ThrowsError(HasSubstr("another shape")));
  torch::nn::Linear without_bias(torch::nn::LinearOptions(4, 3).bias(false));
  Optimiser smaller(*without_bias, config_keeping(2));
  EXPECT_THAT([&] { resume(folder_.path(), smaller); }, ThrowsError(HasSubstr("this network has no parameter.bias")));
}

// Limited file size, as on a full disk: existing files stay, training continues, and later saves succeed.
TEST_F(RunCheckpointsTest, AFullDiskKeepsTheExistingFiles) {
  save_steps(2);
  const auto before = read_file(folder_ / "last.resume.safetensors");
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  rlimit old{};
  getrlimit(RLIMIT_FSIZE, &old);
  {
    RunCheckpoints checkpoints(folder_.path(), policy_keeping(2));
    rlimit small = old;
    small.rlim_cur = 500;
    setrlimit(RLIMIT_FSIZE, &small);
    learner_.step(2);
    checkpoints.save(learner_.optimiser->state(), info_with(1), {3, 24, 8, 1}, false);
    EXPECT_THAT([&] { checkpoints.finish(); }, ThrowsError(HasSubstr("could not be written")));
    EXPECT_EQ(read_file(folder_ / "last.resume.safetensors"), before);
    EXPECT_EQ(names_in(folder_.path()).size(), 7u) << "no partial file stays";
    setrlimit(RLIMIT_FSIZE, &old);
    checkpoints.save(learner_.optimiser->state(), info_with(1), {3, 24, 8, 1}, false);
    checkpoints.finish();
  }
  std::signal(SIGXFSZ, ignored);
  Learner other;
  EXPECT_EQ(resume(folder_.path(), *other.optimiser)->step, 3);
}

}  // namespace
}  // namespace interprior
