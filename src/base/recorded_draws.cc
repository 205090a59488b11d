#include "interprior/base/recorded_draws.h"

#include <torch/types.h>

#include "interprior/base/error.h"

namespace interprior {

void RecordedDraws::redraw(Seed step) {
  next_ = 0;
  for (const Entry& entry : entries_) {
    RowSeed seed(step, entry.first_row);
    for (const std::string& name : entry.names) seed = seed.derive(name);
    torch::Tensor(entry.place).copy_(entry.draw(seed).pin_memory(), /*non_blocking=*/true);
  }
}

torch::Tensor RecordedDraws::next(const Draw& draw, const RowSeed& seed, torch::Device device) {
  if (next_ == entries_.size())
    entries_.push_back({draw, seed.names, seed.first, draw(seed).pin_memory().to(device, /*non_blocking=*/true)});
  const Entry& entry = entries_[next_++];
  require(entry.names == seed.names && entry.first_row == seed.first, "a captured step requests other random tensors than before",
          "RecordedDraws");
  return entry.place;
}

}  // namespace interprior
