#pragma once
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>

namespace interprior::pretended {

// Any operator of the key CUDA by the CPU's kernel: refuses tensors of two devices, notes what is read and written, and counts
// what would make the host wait.
void by_cpu_kernel(const c10::OperatorHandle& op, torch::jit::Stack* stack);

}  // namespace interprior::pretended
