#include <gmock/gmock.h>
#include <torch/types.h>

#include "device_program.h"
#include "interprior/hand/mano_model.h"
#include "support/script_backbone.h"

// Whole commands on the simulated device: kill and resume, sweep, TorchScript backbone, replay of a batch.
namespace interprior {
namespace {

using nlohmann::json;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;

class CommandsOnDevice : public ::testing::Test {
 protected:
  Words train(const std::string& run, int64_t steps, const Words& more = {}) const {
    return fixture_.train_sampler(folder_ / run, steps, more);
  }
  void expect_done(const Outcome& outcome) const { ASSERT_EQ(outcome.exit_code, 0) << outcome.err; }

  const Fixture& fixture_ = fixture();
  TemporaryDirectory folder_;
};

TEST_F(CommandsOnDevice, AKilledRunResumesToTheResultOfAnUninterruptedOne) {
  constexpr int64_t kSteps = 20;
  const Words more = {"fit.checkpoint_every=2"};
  expect_done(on_device(train("straight", kSteps, more), folder_.path()));
  {
    Program program(with_device(train("killed", kSteps, more), "cuda"), folder_.path(), one_thread, INTERPRIOR_PRETENDED_BINARY);
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(Program::kLongest);
    while (!std::filesystem::exists(folder_ / "killed/checkpoints/last.safetensors") && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    program.send(SIGKILL);
    ASSERT_EQ(program.finish().exit_code, 128 + SIGKILL);
  }
  expect_done(on_device(train("killed", kSteps, more) + Words{"--resume"}, folder_.path()));
  const std::string last = "checkpoints/last.safetensors";
  EXPECT_EQ(bytes_of(folder_ / "killed" / last), bytes_of(folder_ / "straight" / last));
}

TEST_F(CommandsOnDevice, ATorchscriptBackboneTrainsAsOnTheCpu) {
  const auto file = write_script(folder_ / "trunk.pt");
  const Words more = {"model.extraction.trunk=torchscript", "model.extraction.trunk_file=" + file.string()};
  expect_done(on_cpu(train("cpu", 3, more), folder_.path()));
  expect_done(on_device(train("device", 3, more), folder_.path()));
  expect_equal_logs(folder_ / "cpu", folder_ / "device", kRounding);
}

TEST_F(CommandsOnDevice, ABatchThatStoppedARunCanBeReplayed) {
  HandModel broken = read_hand_model(fixture_.hand());
  for (const Side side : kSides) {  // a vertex without weight in any joint, too large for sums in float32
    const torch::Tensor unused = (broken.hand[side].J_regressor.abs().sum(0) == 0).nonzero().flatten();
    broken.hand[side].v_template.index_put_({unused[0].item<int64_t>()}, 1e37);
  }
  write_hand_model(folder_ / "broken.h5", broken);
  const Words more = {"hand=" + (folder_ / "broken.h5").string(), "fit.max_bad_steps=2", "fit.log_every=1"};
  const Outcome stopped = on_device(fixture_.train_prior(folder_ / "run", 20, more), folder_.path());
  EXPECT_EQ(stopped.exit_code, 1);
  EXPECT_THAT(stopped.err, HasSubstr("the last 2 steps had no finite loss"));
  const Words replay = {"--replay", (folder_ / "run/faults/step_1_process_0.safetensors").string()};
  const Words again = fixture_.train_prior(folder_ / "unused", 20, more) + replay;
  const Outcome cpu = on_cpu(again, folder_.path()), device = on_device(again, folder_.path());
  expect_done(cpu);
  expect_done(device);
  EXPECT_THAT(device.out, ContainsRegex("vertices +(inf|nan|-) +[0-9.]+ +NO"));
  EXPECT_EQ(device.out.substr(0, device.out.find('\n')), cpu.out.substr(0, cpu.out.find('\n')));
}

TEST_F(CommandsOnDevice, ASweepHasTheResultsOfTheCpu) {
  std::ofstream(folder_ / "prior.yaml") << "{}\n";
  std::string set;
  for (const std::string& word :
       kTinyPrior + Words{"fit.steps=6", "hand=" + fixture_.hand().string(), "data.train.path=" + fixture_.patterns().string()})
    set += (set.empty() ? "\"prior:" : ", \"prior:") + word + "\"";
  std::ofstream(folder_ / "sweep.yaml")
      << "claim: wider is better\ntask: prior\nbase: prior.yaml\nseeds: [0, 1]\nset: [" << set
      << "]\ncells:\n  - {name: narrow, set: []}\n  - {name: wide, set: [\"prior:model.width=48\"]}\n"
      << "metrics: [prior_joint_error_mm]\n";
  const Words sweep = {"sweep", "sweep.yaml", "--run"};
  expect_done(on_cpu(sweep + Words{"cpu"}, folder_.path()));
  expect_done(on_device(sweep + Words{"device"}, folder_.path()));
  for (const char* run : {"narrow/seed_0", "narrow/seed_1", "wide/seed_0", "wide/seed_1"}) {
    const json cpu = json::parse(bytes_of(folder_ / "cpu" / run / "result.json"))["values"],
               device = json::parse(bytes_of(folder_ / "device" / run / "result.json"))["values"];
    for (const char* name : {"prior_joint_error_mm", "prior_vertex_error_mm"}) {
      const double expected = cpu.at(name);
      EXPECT_NEAR(device.at(name), expected, kRounding * expected) << run << ", " << name;
    }
  }
}

}  // namespace
}  // namespace interprior
