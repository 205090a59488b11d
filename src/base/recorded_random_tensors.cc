#include "interprior/base/recorded_random_tensors.h"

#include <torch/types.h>

#include "interprior/base/error.h"

namespace interprior {

void RecordedRandomTensors::refill(Seed step) {
  next_ = 0;
  for (const Entry& entry : entries_) {
    RowSeed seed(step, entry.first_row);
    for (const std::string& name : entry.names) seed = seed.derive(name);
    torch::Tensor(entry.place).copy_(entry.sampler(seed).pin_memory(), /*non_blocking=*/true);
  }
}

torch::Tensor RecordedRandomTensors::next(const TensorSampler& sampler, const RowSeed& seed, torch::Device device) {
  if (next_ == entries_.size())
    entries_.push_back({sampler, seed.names, seed.first, sampler(seed).pin_memory().to(device, /*non_blocking=*/true)});
  const Entry& entry = entries_[next_++];
  require(entry.names == seed.names && entry.first_row == seed.first, "a captured step requests other random tensors than before",
          "RecordedRandomTensors");
  return entry.place;
}

}  // namespace interprior
