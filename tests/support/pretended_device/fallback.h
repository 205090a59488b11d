#pragma once
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>

namespace interprior::pretended {

// Runs any operator of the dispatch key CUDA with the CPU's kernel: refuses tensors of two devices, records reads and writes, and
// counts operations that make the host wait.
void by_cpu_kernel(const c10::OperatorHandle& op, torch::jit::Stack* stack);

}  // namespace interprior::pretended
