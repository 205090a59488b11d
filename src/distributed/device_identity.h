#pragma once
#include <c10/core/Device.h>

#include <string>

namespace interprior {

// Globally unique name of a CUDA device, whatever its index in a process: the driver's UUID, or machine and device index when
// there is no driver. Empty for the CPU.
std::string device_identity(c10::Device device);

}  // namespace interprior
