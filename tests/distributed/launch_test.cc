#include "interprior/distributed/launch.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <map>
#include <set>
#include <sstream>

#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Environment = std::map<std::string, std::string>;

Launch launch_in(const Environment& environment) {
  return read_launch([&](const std::string& name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional<std::string>(found->second);
  });
}

TEST(Launch, IsASingleProcessByDefault) {
  const Launch launch = launch_in({});
  EXPECT_EQ(launch.by, "alone");
  EXPECT_EQ(launch.ranks, 1);
  EXPECT_EQ(launch_in({{"SLURM_JOB_ID", "7"}, {"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "4"}}).ranks, 1)
      << "a batch script without srun runs once";
}

TEST(Launch, OfTorchrun) {
  Environment environment = {{"RANK", "5"},
                             {"WORLD_SIZE", "8"},
                             {"LOCAL_RANK", "1"},
                             {"LOCAL_WORLD_SIZE", "4"},
                             {"MASTER_ADDR", "node1"},
                             {"MASTER_PORT", "1234"},
                             {"TORCHELASTIC_USE_AGENT_STORE", "True"}};
  const Launch launch = launch_in(environment);
  EXPECT_EQ(launch.by, "torchrun");
  EXPECT_EQ(launch.rank, 5);
  EXPECT_EQ(launch.ranks, 8);
  EXPECT_EQ(launch.local_rank, 1);
  EXPECT_EQ(launch.local_ranks, 4);
  EXPECT_EQ(launch.address, "node1");
  EXPECT_EQ(launch.port, 1234);
  EXPECT_FALSE(launch.serves);
  environment["TORCHELASTIC_USE_AGENT_STORE"] = "False";
  EXPECT_TRUE(launch_in(environment).serves);
}

TEST(Launch, OfSrun) {
  const Launch launch = launch_in({{"SLURM_JOB_ID", "123456"},
                                   {"SLURM_PROCID", "9"},
                                   {"SLURM_STEP_NUM_TASKS", "11"},
                                   {"SLURM_LOCALID", "1"},
                                   {"SLURM_NODEID", "2"},
                                   {"SLURM_STEP_TASKS_PER_NODE", "4(x2),3"},
                                   {"SLURM_STEP_NODELIST", "gpu[07-08,12]"}});
  EXPECT_EQ(launch.by, "SLURM");
  EXPECT_EQ(launch.rank, 9);
  EXPECT_EQ(launch.ranks, 11);
  EXPECT_EQ(launch.local_rank, 1);
  EXPECT_EQ(launch.local_ranks, 3);
  EXPECT_EQ(launch.address, "gpu07");
}

// Jobs, and steps of a job, on one machine have different ports and ids; ports are below Linux's ephemeral ones.
TEST(Launch, JobsAndStepsHaveSeparateRendezvous) {
  std::set<std::string> meetings;
  std::set<int64_t> ports;
  for (const char* job : {"123456", "143456", "123457"})
    for (const char* step : {"0", "1"}) {
      const Launch launch = launch_in({{"SLURM_JOB_ID", job},
                                       {"SLURM_STEP_ID", step},
                                       {"SLURM_PROCID", "0"},
                                       {"SLURM_STEP_NUM_TASKS", "2"},
                                       {"SLURM_STEP_NODELIST", "one"}});
      meetings.insert(launch.rendezvous_id);
      ports.insert(launch.port);
      EXPECT_GE(launch.port, 20000);
      EXPECT_LT(launch.port, 32768);
    }
  EXPECT_EQ(meetings.size(), 6u);
  EXPECT_EQ(ports.size(), 6u);
  const auto open_mpi = [](const char* job) {
    return launch_in({{"OMPI_COMM_WORLD_RANK", "0"},
                      {"OMPI_COMM_WORLD_SIZE", "2"},
                      {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"},
                      {"PMIX_NAMESPACE", job}});
  };
  EXPECT_NE(open_mpi("77").rendezvous_id, open_mpi("78").rendezvous_id);
  EXPECT_NE(open_mpi("77").port, open_mpi("78").port);
  EXPECT_EQ(open_mpi("77").port, open_mpi("77").port);
}

// Exported RANK and WORLD_SIZE would give all processes of srun and mpirun the same rank; torchrun in each task of srun is
// allowed.
TEST(Launch, VariablesThatContradictEachOtherAreBothNamed) {
  const Environment leftover = {{"RANK", "0"}, {"WORLD_SIZE", "1"}, {"MASTER_ADDR", "here"}};
  for (const auto& [rank, ranks] :
       {std::pair{"SLURM_PROCID", "SLURM_STEP_NUM_TASKS"}, std::pair{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
        std::pair{"PMI_RANK", "PMI_SIZE"}}) {
    Environment environment = leftover;
    environment[rank] = "1";
    environment[ranks] = "4";
    EXPECT_THAT([&] { launch_in(environment); },
                ThrowsError(AllOf(HasSubstr("WORLD_SIZE=1 "), HasSubstr(std::string(ranks) + "=4"))));
    environment["WORLD_SIZE"] = "4";
    EXPECT_THAT([&] { launch_in(environment); }, ThrowsError(AllOf(HasSubstr("RANK=0 "), HasSubstr(std::string(rank) + "=1"))));
    environment["RANK"] = "1";
    EXPECT_EQ(launch_in(environment).rank, 1) << "set by hand from " << rank;
    environment["WORLD_SIZE"] = "16";
    EXPECT_EQ(launch_in(environment).ranks, 16) << "another launcher in each task";
  }
  Environment torchrun = leftover;
  torchrun.insert({{"TORCHELASTIC_RUN_ID", "7"}, {"SLURM_PROCID", "1"}, {"SLURM_STEP_NUM_TASKS", "2"}});
  torchrun["WORLD_SIZE"] = "2";
  EXPECT_EQ(launch_in(torchrun).rank, 0) << "torchrun orders its machines itself";
}

// MPICH's mpiexec inside a SLURM job: its processes count, not those of the step that started its proxies.
TEST(Launch, OfHydraWithinASlurmJob) {
  const Launch launch = launch_in({{"PMI_RANK", "3"},
                                   {"PMI_SIZE", "4"},
                                   {"MPI_LOCALRANKID", "3"},
                                   {"MPI_LOCALNRANKS", "4"},
                                   {"SLURM_JOB_ID", "7"},
                                   {"SLURM_PROCID", "1"},
                                   {"SLURM_STEP_NUM_TASKS", "2"},
                                   {"SLURM_STEP_NODELIST", "one"}});
  EXPECT_EQ(launch.by, "mpirun");
  EXPECT_EQ(launch.rank, 3);
  EXPECT_EQ(launch.ranks, 4);
  // srun with PMI sets PMI_SIZE too, and counts as SLURM.
  EXPECT_EQ(launch_in({{"PMI_RANK", "1"},
                       {"PMI_SIZE", "2"},
                       {"SLURM_JOB_ID", "7"},
                       {"SLURM_PROCID", "1"},
                       {"SLURM_STEP_NUM_TASKS", "2"},
                       {"SLURM_STEP_NODELIST", "one"}})
                .by,
            "SLURM");
}

// Pids are reused, in containers always: a run is resumed only by the torchrun that started it.
TEST(Launch, ATorchrunIsDistinguishedFromAnotherWithTheSamePid) {
  const Environment torchrun = {{"RANK", "0"}, {"WORLD_SIZE", "1"}, {"MASTER_ADDR", "here"}, {"TORCHELASTIC_RUN_ID", "none"}};
  const std::string job = launch_in(torchrun).job;
  EXPECT_EQ(job, launch_in(torchrun).job);
  std::istringstream words(job);
  std::string id, parent, start, boot;
  words >> id >> parent >> start >> boot;
  EXPECT_EQ(id, "none");
  EXPECT_EQ(parent, std::to_string(getppid()));
  EXPECT_GT(std::stoll(start), 0);
  EXPECT_EQ(boot.size(), 36u);
}

TEST(Launch, OfMpirun) {
  const Launch open = launch_in({{"OMPI_COMM_WORLD_RANK", "1"},
                                 {"OMPI_COMM_WORLD_SIZE", "2"},
                                 {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
                                 {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}});
  EXPECT_EQ(open.by, "mpirun");
  EXPECT_EQ(open.rank, 1);
  EXPECT_EQ(open.address, "127.0.0.1");
  const Launch mpich = launch_in(
      {{"PMI_RANK", "3"}, {"PMI_SIZE", "4"}, {"MPI_LOCALRANKID", "1"}, {"MPI_LOCALNRANKS", "2"}, {"MASTER_ADDR", "head"}});
  EXPECT_EQ(mpich.rank, 3);
  EXPECT_EQ(mpich.address, "head");
  EXPECT_EQ(mpich.rendezvous_id, "");  // the same in all processes, also when each is started by a script
  EXPECT_THAT([] { launch_in({{"PMI_RANK", "3"}, {"PMI_SIZE", "4"}}); }, ThrowsError(HasSubstr("MASTER_ADDR")));
}

TEST(Launch, InvalidVariablesAreNamed) {
  const Environment good = {{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "here"}, {"MASTER_PORT", "1"}};
  EXPECT_EQ(launch_in(good).ranks, 2);
  for (const auto& [name, value] :
       Environment{{"RANK", "x"}, {"WORLD_SIZE", "-1"}, {"MASTER_PORT", "80 "}, {"MASTER_ADDR", ""}}) {
    Environment bad = good;
    bad[name] = value;
    EXPECT_THAT([&] { launch_in(bad); }, ThrowsError(HasSubstr(name))) << name;
  }
  Environment beyond = good;
  beyond["RANK"] = "2";
  EXPECT_THAT([&] { launch_in(beyond); }, ThrowsError(HasSubstr("rank 2 of 2")));
}

TEST(Launch, FirstHostsOfSlurmsLists) {
  EXPECT_EQ(first_host("node1"), "node1");
  EXPECT_EQ(first_host("node1,node2"), "node1");
  EXPECT_EQ(first_host("gpu[07-09,12],big1"), "gpu07");
  EXPECT_EQ(first_host("gpu[12,14]"), "gpu12");
  EXPECT_EQ(first_host("big1,gpu[07-09]"), "big1");
  EXPECT_EQ(first_host("rack2-node[3-4]-ib"), "rack2-node3-ib");
  EXPECT_THAT([] { first_host("gpu["); }, ThrowsError(HasSubstr("gpu[")));
  EXPECT_THAT([] { first_host("gpu[]"); }, ThrowsError(HasSubstr("gpu[]")));
}

}  // namespace
}  // namespace interprior
