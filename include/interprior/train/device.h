#pragma once
#include <c10/core/Device.h>

#include <string>

#include "interprior/distributed/launch.h"

namespace interprior {

// "cpu", "cuda" or "cuda:N"; "": CUDA where there is one, else the CPU. Throws Error on another word and on a CUDA device
// that this machine does not have.
c10::Device device_named(const std::string& name);

// The same for one of several processes that train together: where the name leaves it open, each takes a device of its own, the
// one of its local rank or the only one that it was given. Throws Error also where the devices of this machine are too few, and
// where `name` is empty and devices were granted (SLURM_STEP_GPUS, SLURM_JOB_GPUS, CUDA_VISIBLE_DEVICES) of which none can be
// used.
c10::Device device_of_rank(const std::string& name, const Launch& launch);
int64_t device_index_of_rank(const Launch& launch, int64_t devices);

}  // namespace interprior
