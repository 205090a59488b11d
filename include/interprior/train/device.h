#pragma once
#include <c10/core/Device.h>

#include <string>

namespace interprior {

// "cpu", "cuda" or "cuda:N"; "": CUDA where there is one, else the CPU. Throws Error on another word and on a CUDA device
// that this machine does not have.
c10::Device device_named(const std::string& name);

}  // namespace interprior
