#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace interprior {

// Rank of this process and address of rank 0, as given by the launcher.
struct Launch {
  std::string by = "alone";                 // torchrun, SLURM, mpirun or alone
  int64_t rank = 0, ranks = 1;              // among all processes
  int64_t local_rank = 0, local_ranks = 1;  // among those on this machine
  std::string address;                      // of the machine of rank 0
  int64_t port = 0;
  bool serves = true;         // whether rank 0 opens the store; false when torchrun's agent has
  std::string job;            // identifies the torchrun invocation; empty when no launcher restarts the processes
  std::string rendezvous_id;  // unique to these processes, such as a SLURM job and step; empty if unknown
};

using Variables = std::function<std::optional<std::string>(const std::string& name)>;

// Reads torchrun's variables (RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR, MASTER_PORT, ...), srun's (SLURM_PROCID,
// SLURM_STEP_NUM_TASKS, ...), and those of Open MPI's and MPICH's mpirun. MASTER_ADDR and MASTER_PORT take precedence.
// One process when none is set. Throws Error naming the variable that is missing or invalid.
Launch read_launch(const Variables& variables);
Launch read_launch();  // from the environment

// The first host of SLURM's compressed lists: "gpu[07-09,12],big1" gives gpu07. Throws Error.
std::string first_host(const std::string& nodes);

}  // namespace interprior
