#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

// Simulated CUDA device for tests without a GPU. A program that links these files instead of libtorch_cuda.so has kernels,
// memory, streams, events and captures for the dispatch key CUDA. Device memory is host memory, kernels are the CPU's. It detects
// operators with mixed devices, host waits, blocking copies, memory used before it is ready or freed too early, and operations
// that are not allowed during a capture. It does not model kernels' numerics, NCCL, cuDNN or time.
//   INTERPRIOR_PRETENDED_DEVICES  number of devices (1)
//   INTERPRIOR_PRETENDED_REPORT   JSON file for the counts, written when the program ends
namespace interprior::pretended {

struct Counts {
  int64_t waits = 0;                  // host waits for the device
  int64_t blocking_uploads = 0;       // blocking copies, and copies from pageable host memory
  int64_t bytes = 0, peak_bytes = 0;  // of tensors, without kernels' workspace
};

Counts counts();
void reset_peak();
// Call sites of host waits and blocking copies, innermost functions first, with their counts.
std::map<std::string, int64_t> sites();
// Messages for memory used before it was ready or freed too early. A program with any ends with exit code 70.
std::vector<std::string> faults();
void forget_faults();

}  // namespace interprior::pretended
