#include "interprior/distributed/launch.h"

#include <c10/util/StringUtil.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "interprior/base/error.h"
#include "interprior/base/seed.h"

namespace interprior {
namespace {

constexpr int64_t kDefaultPort = 29500;  // torchrun's
// Below Linux's ephemeral ports (from 32768 on).
constexpr int64_t kFirstPort = 20000, kPorts = 12000;

class Reader {
 public:
  explicit Reader(const Variables& variables) : variables_(variables) {}

  bool has(const std::string& name) const { return variables_(name).has_value(); }
  std::string text(const std::string& name) const {
    const auto value = variables_(name);
    require(value.has_value() && !value->empty(), "the environment lacks " + name, name,
            "start the processes with torchrun --no-python, srun or mpirun, or set it");
    return *value;
  }
  int64_t number(const std::string& name) const {
    const std::string value = text(name);
    const bool digits = value.size() < 10 && value.find_first_not_of("0123456789") == std::string::npos;
    require(digits, name + " is not a number: " + value, name, "set it to a whole number, or unset it");
    return std::stoll(value);
  }
  int64_t number(const std::string& name, int64_t otherwise) const { return has(name) ? number(name) : otherwise; }

 private:
  const Variables& variables_;
};

// Two jobs, or steps of a job, on one machine need different ports: derived from the rendezvous id.
int64_t port_of(const std::string& rendezvous_id) {
  return rendezvous_id.empty() ? kDefaultPort : kFirstPort + static_cast<int64_t>(Seed{}.derive(rendezvous_id).value % kPorts);
}

// Identifies a process by pid, start time and boot: pids are reused, above all in containers.
std::string process_identity(pid_t process) {
  std::string boot, stat;
  std::getline(std::ifstream("/proc/sys/kernel/random/boot_id"), boot);
  std::getline(std::ifstream(c10::str("/proc/", process, "/stat")), stat);
  // "pid (name) state ppid ...": the name may contain spaces and brackets; the start time is the 20th field after its last ')'.
  std::istringstream fields(stat.substr(std::min(stat.size(), stat.rfind(')') + 1)));
  std::string start;
  for (int i = 0; i < 20; ++i) fields >> start;
  return c10::str(process, " ", start, " ", boot);
}

void set_rendezvous_address(const Reader& read, Launch& launch, const std::string& address, int64_t port) {
  launch.address = read.has("MASTER_ADDR") ? read.text("MASTER_ADDR") : address;
  launch.port = read.number("MASTER_PORT", port);
  require(!launch.address.empty(), launch.by + " does not give the address of rank 0", "MASTER_ADDR",
          "set MASTER_ADDR to the machine of rank 0, and MASTER_PORT to a free port of it");
}

// RANK and WORLD_SIZE left over in the environment would give every process of srun or mpirun the same rank. torchrun inside srun
// or mpirun starts at least one process for each of theirs.
void require_no_contradiction(const Reader& read) {
  for (const auto& [rank, ranks] :
       {std::pair{"SLURM_PROCID", "SLURM_STEP_NUM_TASKS"}, std::pair{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
        std::pair{"PMI_RANK", "PMI_SIZE"}}) {
    if (!read.has(rank) || !read.has(ranks)) continue;
    const bool fewer = read.number("WORLD_SIZE") < read.number(ranks);
    const bool another = read.number("WORLD_SIZE") == read.number(ranks) && read.number("RANK") != read.number(rank);
    require(!fewer && (!another || read.has("TORCHELASTIC_RUN_ID")),
            c10::str("RANK=", read.text("RANK"), " of WORLD_SIZE=", read.text("WORLD_SIZE"), " and ", rank, "=", read.text(rank),
                     " of ", ranks, "=", read.text(ranks), " contradict each other"),
            "environment", "unset RANK and WORLD_SIZE, or start the processes with torchrun");
  }
}

Launch of_torchrun(const Reader& read) {
  require_no_contradiction(read);
  Launch launch;
  launch.by = "torchrun";
  launch.rank = read.number("RANK");
  launch.ranks = read.number("WORLD_SIZE");
  launch.local_rank = read.number("LOCAL_RANK", 0);
  launch.local_ranks = read.number("LOCAL_WORLD_SIZE", 1);
  if (read.has("TORCHELASTIC_RUN_ID")) launch.job = c10::str(read.text("TORCHELASTIC_RUN_ID"), " ", process_identity(getppid()));
  launch.serves = !(read.has("TORCHELASTIC_USE_AGENT_STORE") && read.text("TORCHELASTIC_USE_AGENT_STORE") == "True");
  set_rendezvous_address(read, launch, read.text("MASTER_ADDR"), kDefaultPort);
  return launch;
}

// Tasks on this node, from SLURM's list for all nodes: "4(x2),3" means 4, 4, 3.
int64_t tasks_on_node(const Reader& read) {
  if (!read.has("SLURM_STEP_TASKS_PER_NODE")) return 1;
  const int64_t node = read.number("SLURM_NODEID", 0);
  int64_t first = 0;
  std::string text = read.text("SLURM_STEP_TASKS_PER_NODE") + ",";
  for (size_t at = 0, end; (end = text.find(',', at)) != std::string::npos; at = end + 1) {
    const std::string part = text.substr(at, end - at);
    const int64_t tasks = std::atoll(part.c_str());
    const size_t times = part.find("(x");
    first += times == std::string::npos ? 1 : std::atoll(part.c_str() + times + 2);
    if (node < first) return std::max<int64_t>(1, tasks);
  }
  return 1;
}

Launch of_slurm(const Reader& read) {
  Launch launch;
  launch.by = "SLURM";
  launch.rank = read.number("SLURM_PROCID");
  launch.ranks = read.number("SLURM_STEP_NUM_TASKS");
  launch.local_rank = read.number("SLURM_LOCALID", 0);
  launch.local_ranks = tasks_on_node(read);
  const std::string nodes = read.has("SLURM_STEP_NODELIST")  ? read.text("SLURM_STEP_NODELIST")
                            : read.has("SLURM_JOB_NODELIST") ? read.text("SLURM_JOB_NODELIST")
                                                             : "";
  if (read.has("SLURM_JOB_ID"))
    launch.rendezvous_id = c10::str("slurm ", read.number("SLURM_JOB_ID"), ".", read.number("SLURM_STEP_ID", 0));
  set_rendezvous_address(read, launch, nodes.empty() ? "" : first_host(nodes), port_of(launch.rendezvous_id));
  return launch;
}

Launch of_mpirun(const Reader& read, const char* rank, const char* ranks, const char* local_rank, const char* local_ranks) {
  Launch launch;
  launch.by = "mpirun";
  launch.rank = read.number(rank);
  launch.ranks = read.number(ranks);
  launch.local_rank = read.number(local_rank, 0);
  launch.local_ranks = read.number(local_ranks, 1);
  const bool one_machine = launch.local_ranks == launch.ranks;
  // Open MPI gives a job id. MPICH does not, and the parent process may be a script: users who run two jobs at once set the port.
  if (read.has("PMIX_NAMESPACE")) launch.rendezvous_id = "mpi " + read.text("PMIX_NAMESPACE");
  set_rendezvous_address(read, launch, one_machine ? "127.0.0.1" : "", port_of(launch.rendezvous_id));
  return launch;
}

}  // namespace

std::string first_host(const std::string& nodes) {
  const size_t bracket = nodes.find('['), comma = nodes.find(',');
  if (bracket == std::string::npos || comma < bracket) return nodes.substr(0, comma);
  const size_t end = nodes.find_first_of("-,]", bracket + 1), close = nodes.find(']', bracket);
  require(end != std::string::npos && close != std::string::npos && end > bracket + 1,
          "cannot read this list of machines: " + nodes, "SLURM_JOB_NODELIST", "set MASTER_ADDR to the machine of rank 0");
  const size_t next = nodes.find(',', close);
  const std::string suffix = nodes.substr(close + 1, next == std::string::npos ? next : next - close - 1);
  return nodes.substr(0, bracket) + nodes.substr(bracket + 1, end - bracket - 1) + suffix;
}

Launch read_launch(const Variables& variables) {
  const Reader read(variables);
  Launch launch;
  // A batch script without srun also has SLURM_PROCID but is one process: only a step has SLURM_STEP_NUM_TASKS.
  if (read.has("RANK") && read.has("WORLD_SIZE"))
    launch = of_torchrun(read);
  else if (read.has("OMPI_COMM_WORLD_SIZE"))
    launch = of_mpirun(read, "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK",
                       "OMPI_COMM_WORLD_LOCAL_SIZE");
  else if (read.has("PMI_SIZE") &&
           (read.has("MPI_LOCALNRANKS") || !read.has("SLURM_STEP_NUM_TASKS")))  // hydra, also inside a SLURM job
    launch = of_mpirun(read, "PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS");
  else if (read.has("SLURM_PROCID") && read.number("SLURM_STEP_NUM_TASKS", 1) > 1)
    launch = of_slurm(read);
  require(launch.port <= 65535, c10::str("there is no port ", launch.port), "MASTER_PORT", "set it to a number up to 65535");
  require(launch.ranks > 0 && launch.rank >= 0 && launch.rank < launch.ranks,
          c10::str(launch.by, " gives this process rank ", launch.rank, " of ", launch.ranks), "environment",
          "ranks are 0 to the number of processes - 1");
  return launch;
}

Launch read_launch() {
  return read_launch([](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  });
}

}  // namespace interprior
