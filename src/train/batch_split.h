#pragma once
#include <cstdint>

namespace interprior {

// Split of a step's batch: each process takes `micro_batches` micro-batches of `rows` samples.
struct BatchSplit {
  int64_t batch, ranks, micro_batches, rows;
  // Throws Error unless the batch can be split evenly.
  BatchSplit(int64_t batch, int64_t ranks, int64_t micro_batches);
  int64_t first_row(int64_t micro_batch, int64_t rank) const {
    return (micro_batch * ranks + rank) * rows;
  }  // in the step's batch
};

// Throws an Error that suggests settings that need less memory.
[[noreturn]] void rethrow_out_of_memory(const BatchSplit& split);

}  // namespace interprior
