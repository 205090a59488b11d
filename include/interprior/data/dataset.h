#pragma once
#include <cstdint>
#include <string>

#include "interprior/base/seed.h"

namespace interprior {

// Training or test data. `size` and `fill` are pure and thread-safe: the same index and seed give the same row.
template <class Batch>
class Dataset {
 public:
  virtual ~Dataset() = default;
  virtual int64_t size() const = 0;
  virtual Batch allocate(int64_t rows) const = 0;                                           // a batch to be filled by `fill`
  virtual void fill(int64_t index, Seed seed, Batch& slot, int64_t row) const = 0;          // throws Error that names the sample
  virtual std::string name(int64_t index) const { return "row " + std::to_string(index); }  // for messages
};

}  // namespace interprior
