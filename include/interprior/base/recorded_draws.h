#pragma once
#include <torch/types.h>

#include <string>
#include <vector>

#include "interprior/base/seed.h"

namespace interprior {

// The random tensors of a step whose work on a device is recorded and done again (train/step_graph.h): they lie where they lay,
// and hold what a step of another seed draws. Steps must draw the same in the same order.
class RecordedDraws {
 public:
  // Begins a step of this seed: draws again all that the steps before drew. Outside of what is recorded.
  void redraw(Seed step);
  // The next draw of the step; `seed` is derived from the step's, with `recorded` this.
  torch::Tensor next(const Draw& draw, const RowSeed& seed, torch::Device device);

 private:
  struct Entry {
    Draw draw;
    std::vector<std::string> names;
    int64_t first_row;
    torch::Tensor place;
  };
  std::vector<Entry> entries_;
  size_t next_ = 0;
};

}  // namespace interprior
