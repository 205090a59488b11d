#pragma once
#include <torch/types.h>

#include <string>
#include <vector>

#include "interprior/base/seed.h"

namespace interprior {

// The random tensors of a training step that is captured in a CUDA graph and replayed (train/graphed_step.h). Their memory
// addresses stay fixed; refill() fills them with the samples of another step's seed. All steps must request the same tensors in
// the same order.
class RecordedRandomTensors {
 public:
  // Starts a step with this seed: samples all recorded tensors again. Must be called outside of the captured graph.
  void refill(Seed step);
  // The next random tensor of the step; `seed` is derived from the step's seed, with `recorded` set to this object.
  torch::Tensor next(const TensorSampler& sampler, const RowSeed& seed, torch::Device device);

 private:
  struct Entry {
    TensorSampler sampler;
    std::vector<std::string> names;
    int64_t first_row;
    torch::Tensor place;
  };
  std::vector<Entry> entries_;
  size_t next_ = 0;
};

}  // namespace interprior
