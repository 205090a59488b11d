#pragma once
#include <c10/core/Device.h>

#include <string>

namespace interprior {

// What tells a CUDA device from every other one, under any number that a process sees it by: the driver's UUID; without a driver
// the machine and the device's number there. Empty for the CPU.
std::string device_identity(c10::Device device);

}  // namespace interprior
