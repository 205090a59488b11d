#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace interprior {

// This process among those of one training run, as whoever started them says.
struct Launch {
  std::string by = "alone";                 // torchrun, SLURM, mpirun or alone
  int64_t rank = 0, ranks = 1;              // of all processes
  int64_t local_rank = 0, local_ranks = 1;  // of those on this machine
  std::string address;                      // of the machine of rank 0
  int64_t port = 0;
  bool serves = true;   // whether rank 0 opens the store; torchrun's agent may have done so
  std::string job;      // which torchrun that is, of all there ever were; empty where nobody starts anew
  std::string meeting;  // what these processes share and no others do, such as a SLURM job and step; empty where nothing tells
};

using Variables = std::function<std::optional<std::string>(const std::string& name)>;

// Reads torchrun's variables (RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR, MASTER_PORT, ...), srun's (SLURM_PROCID,
// SLURM_STEP_NUM_TASKS, ...), and those of Open MPI's and MPICH's mpirun. MASTER_ADDR and MASTER_PORT prevail where they are set.
// One process where none of them is there. Throws Error naming the variable that is missing or senseless.
Launch read_launch(const Variables& variables);
Launch read_launch();  // from the environment

// The first host of SLURM's compressed lists: "gpu[07-09,12],big1" is gpu07. Throws Error.
std::string first_host(const std::string& nodes);

}  // namespace interprior
