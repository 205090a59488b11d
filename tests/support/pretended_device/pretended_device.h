#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

// A CUDA device without a GPU, for tests: a program that links these files instead of libtorch_cuda.so has kernels, memory,
// streams, events and captures of the dispatch key CUDA. Device memory is the host's, kernels are the CPU's. It sees what a real
// device suffers from: operators that mix devices, hosts that wait, copies that block, memory used before it is ready or given
// back too early, and what a captured stream forbids. It does not see kernels' own numerics, NCCL, cuDNN or time.
//   INTERPRIOR_PRETENDED_DEVICES  how many there are (1)
//   INTERPRIOR_PRETENDED_REPORT   where the counts are written as JSON when the program ends
namespace interprior::pretended {

struct Counts {
  int64_t waits = 0;                  // the host stood still until the device was ready
  int64_t blocking_uploads = 0;       // copies from ordinary host memory, or asked for with blocking
  int64_t bytes = 0, peak_bytes = 0;  // of tensors; kernels' workspace is not among them
};

Counts counts();
void reset_peak();
// Where the host waited or a copy blocked, innermost functions first, and how often.
std::map<std::string, int64_t> sites();
// Memory used before it was ready or given back too early, as sentences. A program that has any ends with exit code 70.
std::vector<std::string> faults();
void forget_faults();

}  // namespace interprior::pretended
