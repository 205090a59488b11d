#pragma once
#include <c10/core/Device.h>

#include <string>

#include "interprior/distributed/launch.h"

namespace interprior {

// "cpu", "cuda" or "cuda:N"; "": CUDA if available, else the CPU. Throws Error on another name and on a CUDA device that this
// machine does not have.
c10::Device device_named(const std::string& name);

// The same for one process of several: unless `name` has an index, each process uses the device of its local rank, or the only
// device that it sees. Throws Error also when this machine has too few devices, and when `name` is empty and devices were
// allocated (SLURM_STEP_GPUS, SLURM_JOB_GPUS, CUDA_VISIBLE_DEVICES) but none can be used.
c10::Device device_of_rank(const std::string& name, const Launch& launch);
int64_t device_index_of_rank(const Launch& launch, int64_t devices);

}  // namespace interprior
