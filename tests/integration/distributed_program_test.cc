#include <c10/util/StringUtil.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <algorithm>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include "fixture.h"
#include "interprior/base/files/safetensors.h"
#include "python.h"

// Training with several processes over the loopback, started like by torchrun, srun and mpirun.
namespace interprior {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

// The documented limit of 60 s within which the other processes end; a timeout, not a speed.
class DistributedProgram : public ::testing::Test {
 protected:
  using Programs = std::vector<std::unique_ptr<Program>>;

  static std::string free_port() {
    static int next = 31000 + static_cast<int>(getpid() % 2000);
    return std::to_string(next++);
  }
  Programs start(int64_t ranks, const Words& words) const { return start(std::vector<Words>(static_cast<size_t>(ranks), words)); }
  Programs start(const std::vector<Words>& words) const {
    const auto ranks = static_cast<int64_t>(words.size());
    const std::string port = free_port();
    Programs programs;
    for (int64_t rank = 0; rank < ranks; ++rank)
      programs.push_back(std::make_unique<Program>(words[static_cast<size_t>(rank)], folder_.path(), [=] {
        setenv("RANK", std::to_string(rank).c_str(), 1);
        setenv("LOCAL_RANK", std::to_string(rank).c_str(), 1);
        setenv("WORLD_SIZE", std::to_string(ranks).c_str(), 1);
        setenv("LOCAL_WORLD_SIZE", std::to_string(ranks).c_str(), 1);
        setenv("MASTER_ADDR", "127.0.0.1", 1);
        setenv("MASTER_PORT", port.c_str(), 1);
      }));
    return programs;
  }
  static std::vector<Outcome> finish(Programs& programs) {
    std::vector<Outcome> outcomes;
    for (auto& program : programs) outcomes.push_back(program->finish());
    return outcomes;
  }
  void expect_near(const std::string& a, const std::string& b, double tolerance) const {
    const Safetensors one(folder_ / a / "checkpoints/last.resume.safetensors"),
        other(folder_ / b / "checkpoints/last.resume.safetensors");
    ASSERT_EQ(one.names(), other.names());
    for (const std::string& name : one.names())
      if (one.tensor(name).is_floating_point() && name.rfind("parameter.", 0) == 0) {
        EXPECT_LT((one.tensor(name) - other.tensor(name)).abs().max().item<double>(), tolerance) << name;
      }
  }
  bool logged(const std::string& run) const {
    return bytes_of(folder_ / run / "log.jsonl").find("\"train\"") != std::string::npos;
  }

  const Fixture& fixture_ = fixture();
  TemporaryDirectory folder_;
  Words prior(const std::string& run, int64_t steps, const Words& more = {}) const {
    return fixture_.train_prior(folder_ / run, steps, more);
  }
};

// Prior (noise per row), cue stage (views and noise per row) and sampler (images), with 1 and with 2 or 4 processes.
TEST_F(DistributedProgram, EveryTaskOfSeveralProcessesEqualsThatOfOne) {
  const auto compare = [&](const std::string& task, int64_t ranks, auto words_of) {
    ASSERT_EQ(run_program(words_of(task + "_one"), folder_.path()).exit_code, 0);
    Programs programs = start(ranks, words_of(task + "_many"));
    const auto outcomes = finish(programs);
    for (const Outcome& outcome : outcomes) EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_THAT(outcomes[0].err, HasSubstr(std::to_string(ranks) + " processes, started by torchrun"));
    for (size_t i = 1; i < outcomes.size(); ++i) EXPECT_EQ(outcomes[i].out + outcomes[i].err, "") << "only rank 0 logs";
    expect_near(task + "_one", task + "_many", 1e-4);
  };
  const Words norms = {"fit.norm=frozen", "fit.steps=6"};
  compare("prior", 4, [&](const std::string& run) { return prior(run, 12, {"fit.accumulate=2"}); });
  compare("cues", 2, [&](const std::string& run) { return fixture_.train_cues(folder_ / run, 6, {"fit.warmup=6"}); });
  compare("keypoint_cues", 2, [&](const std::string& run) {
    return fixture_.train_cues(folder_ / run, 6, {"fit.warmup=6", "data.cues=keypoints", "model.relative_translation=prior"});
  });
  compare("sampler", 2, [&](const std::string& run) {
    return fixture_.train_sampler(folder_ / run, 6, {"fit.norm=frozen", "extraction_first=0", "fit.warmup=6"});
  });
}

// A process without its device reports this to the others, which would wait for five minutes otherwise.
TEST_F(DistributedProgram, AProcessWithoutItsDeviceReportsTheReasonToTheOthers) {
  for (const size_t without : {0, 1}) {
    std::vector<Words> words(2, prior(c10::str("without", without), 4));
    std::replace(words[without].begin(), words[without].end(), std::string("cpu"), std::string("cuda:97"));
    Programs programs = start(words);
    const auto outcomes = finish(programs);
    for (const Outcome& outcome : outcomes) {
      EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
      EXPECT_THAT(outcome.err, HasSubstr("cuda:97"));
    }
    EXPECT_THAT(outcomes[1 - without].err, HasSubstr(c10::str("process ", without, " (")));
  }
}

TEST_F(DistributedProgram, ResumesWithAnotherNumberOfProcessesAndReportsIt) {
  ASSERT_EQ(run_program(prior("one", 16), folder_.path()).exit_code, 0);
  Programs two = start(2, prior("run", 16) + Words{"--stop-after", "7"});
  for (const Outcome& outcome : finish(two)) EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  Programs four = start(4, prior("run", 16) + Words{"--resume"});
  const auto outcomes = finish(four);
  EXPECT_THAT(outcomes[0].err, HasSubstr("4 process(es) instead of 2: the same batches in the same order"));
  expect_near("one", "run", 1e-4);
}

// In two of these the remaining processes wait for at most a minute (usually 25 s); tested is that they do not hang.
TEST_F(DistributedProgram, ADeadProcessEndsTheOthersWithItsNameAndStep) {
  Programs programs = start(3, prior("run", 1000000, {"loader.batch=18"}));
  ASSERT_TRUE(programs[0]->wait_for([&] { return logged("run"); })) << programs[0]->error_output();
  const auto begin = std::chrono::steady_clock::now();
  programs[2]->send(SIGKILL);
  const auto outcomes = finish(programs);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
  for (const size_t i : {0, 1}) {
    EXPECT_EQ(outcomes[i].exit_code, 1) << outcomes[i].err;
    EXPECT_THAT(outcomes[i].err, HasSubstr("process 2 ("));
    EXPECT_THAT(outcomes[i].err, HasSubstr("its last step was "));
  }
  EXPECT_GT(std::stoll(Safetensors(folder_ / "run/checkpoints/last.safetensors").metadata().at("step")), 0)
      << "the state is saved";
}

TEST_F(DistributedProgram, ADeadRankZeroEndsTheOthersToo) {
  Programs programs = start(2, prior("run", 1000000));
  ASSERT_TRUE(programs[0]->wait_for([&] { return logged("run"); })) << programs[0]->error_output();
  programs[0]->send(SIGKILL);
  const auto outcomes = finish(programs);
  EXPECT_EQ(outcomes[1].exit_code, 1) << outcomes[1].err;
  EXPECT_THAT(outcomes[1].err, HasSubstr("process 0"));
}

// A suspended process keeps its connections. Rank 0 also holds the store.
TEST_F(DistributedProgram, ASuspendedProcessEndsTheOthers) {
  for (const size_t stopped : {0, 1}) {
    const std::string run = "run" + std::to_string(stopped);
    Programs programs = start(2, prior(run, 1000000));
    ASSERT_TRUE(programs[0]->wait_for([&] { return logged(run); })) << programs[0]->error_output();
    programs[stopped]->send(SIGSTOP);
    const auto begin = std::chrono::steady_clock::now();
    const Outcome other = programs[1 - stopped]->finish();
    EXPECT_EQ(other.exit_code, 1) << other.err;
    EXPECT_THAT(other.err, HasSubstr("process " + std::to_string(stopped)));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
    programs[stopped]->send(SIGKILL);
    programs[stopped]->finish();
  }
}

TEST_F(DistributedProgram, ProcessesOfDifferentConfigsAreRefused) {
  for (const char* other : {"loader.batch=32", "model.width=16"}) {
    Programs programs = start({prior("run", 8), prior("run", 8, {other})});
    for (const Outcome& outcome : finish(programs)) {
      EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
      EXPECT_THAT(outcome.err, HasSubstr("another config or other data"));
    }
    EXPECT_FALSE(std::filesystem::exists(folder_ / "run"));
  }
}

TEST_F(DistributedProgram, AFailingProcessReportsTheReasonToTheOthers) {
  ASSERT_EQ(run_program(prior("run", 4), folder_.path()).exit_code, 0);
  Programs programs = start(2, prior("run", 4));  // without --resume: rank 0 refuses
  const auto outcomes = finish(programs);
  for (const Outcome& outcome : outcomes) {
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.err, HasSubstr("already holds a run"));
  }
}

TEST_F(DistributedProgram, ASignalToOneProcessStopsAllWithACheckpoint) {
  Programs programs = start(2, prior("run", 1000000));
  ASSERT_TRUE(programs[0]->wait_for([&] { return logged("run"); })) << programs[0]->error_output();
  programs[1]->send(SIGUSR1);
  for (const Outcome& outcome : finish(programs)) EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_GT(std::stoll(Safetensors(folder_ / "run/checkpoints/last.safetensors").metadata().at("step")), 0);
}

// Real torchrun: a worker is killed, all are restarted and resume from the last checkpoint.
TEST_F(DistributedProgram, TorchrunRestartsFromTheLastCheckpoint) {
  const std::string torchrun = (std::filesystem::path(INTERPRIOR_SOURCE_DIR) / ".venv/bin/torchrun").string();
  if (!std::filesystem::exists(torchrun)) GTEST_SKIP() << "no torchrun in .venv";
  Words words = {"--no-python",   "--nproc-per-node", "2",  "--max-restarts", "1",
                 "--master-port", free_port(),        "--", INTERPRIOR_BINARY};
  Program program(words + prior("run", 400, {"fit.checkpoint_every=5"}), folder_.path(), {}, torchrun);
  ASSERT_TRUE(program.wait_for([&] { return std::filesystem::exists(folder_ / "run/checkpoints/last.resume.safetensors"); }))
      << program.error_output();
  // A worker is a child of torchrun.
  const std::string children =
      bytes_of("/proc/" + std::to_string(program.process()) + "/task/" + std::to_string(program.process()) + "/children");
  std::istringstream list(children);
  pid_t worker = 0;
  list >> worker;
  ASSERT_GT(worker, 0) << children;
  kill(worker, SIGKILL);
  const Outcome outcome = program.finish();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(Safetensors(folder_ / "run/checkpoints/last.safetensors").metadata().at("step"), "400");
  ASSERT_EQ(run_program(prior("one", 400, {"fit.checkpoint_every=5"}), folder_.path()).exit_code, 0);
  expect_near("one", "run", 1e-3);
}

// torchrun on several machines: its store keeps all entries between restarts, and each machine counts only its own restarts. Both
// processes are killed, like the remaining ones by torchrun's agents, and started again.
TEST_F(DistributedProgram, ARestartOnTorchrunsStoreResumesFromTheLastCheckpoint) {
  c10d::TCPStoreOptions options;
  options.isServer = true;
  options.port = 0;
  options.waitWorkers = false;
  c10d::TCPStore store("127.0.0.1", options);
  const auto begin = [&](const std::string& restarts_of_second) {
    Programs programs;
    for (const std::string rank : {"0", "1"})
      programs.push_back(
          std::make_unique<Program>(prior("run", 300, {"fit.checkpoint_every=5"}), folder_.path(), [=, port = store.getPort()] {
            setenv("RANK", rank.c_str(), 1);
            setenv("LOCAL_RANK", "0", 1);
            setenv("WORLD_SIZE", "2", 1);
            setenv("LOCAL_WORLD_SIZE", "1", 1);
            setenv("MASTER_ADDR", "127.0.0.1", 1);
            setenv("MASTER_PORT", std::to_string(port).c_str(), 1);
            setenv("TORCHELASTIC_USE_AGENT_STORE", "True", 1);
            setenv("TORCHELASTIC_RUN_ID", "run", 1);
            setenv("TORCHELASTIC_RESTART_COUNT", rank == "0" ? "0" : restarts_of_second.c_str(), 1);
          }));
    return programs;
  };
  Programs first = begin("0");
  ASSERT_TRUE(first[0]->wait_for([&] { return std::filesystem::exists(folder_ / "run/checkpoints/last.resume.safetensors"); }))
      << first[0]->error_output();
  for (auto& program : first) program->send(SIGKILL);
  finish(first);
  Programs second = begin("1");
  for (const Outcome& outcome : finish(second)) EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(Safetensors(folder_ / "run/checkpoints/last.safetensors").metadata().at("step"), "300");
  ASSERT_EQ(run_program(prior("one", 300, {"fit.checkpoint_every=5"}), folder_.path()).exit_code, 0);
  expect_near("one", "run", 1e-3);
}

TEST_F(DistributedProgram, AMissingNetworkInterfaceIsReportedByAll) {
  Programs programs;
  const std::string port = free_port();
  for (const std::string rank : {"0", "1"})
    programs.push_back(std::make_unique<Program>(prior("run", 4), folder_.path(), [=] {
      setenv("RANK", rank.c_str(), 1);
      setenv("WORLD_SIZE", "2", 1);
      setenv("MASTER_ADDR", "127.0.0.1", 1);
      setenv("MASTER_PORT", port.c_str(), 1);
      if (rank == "1") setenv("GLOO_SOCKET_IFNAME", "lo,none9", 1);
    }));
  for (const Outcome& outcome : finish(programs)) {
    EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("process 1 ("));
    EXPECT_THAT(outcome.err, HasSubstr("GLOO_SOCKET_IFNAME names 'none9'"));
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "run"));
}

}  // namespace
}  // namespace interprior
