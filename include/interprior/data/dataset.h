#pragma once
#include <cstdint>
#include <string>

#include "interprior/base/seed.h"

namespace interprior {

// Rows of training or test data. `size` and `fill` are pure: same index and seed, same row, from any thread.
template <class Batch>
class Dataset {
 public:
  virtual ~Dataset() = default;
  virtual int64_t size() const = 0;
  virtual Batch allocate(int64_t rows) const = 0;                                           // an empty batch of this many rows
  virtual void fill(int64_t index, Seed seed, Batch& slot, int64_t row) const = 0;          // throws Error naming the sample
  virtual std::string name(int64_t index) const { return "row " + std::to_string(index); }  // for people
};

}  // namespace interprior
