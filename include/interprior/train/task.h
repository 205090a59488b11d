#pragma once
#include <torch/nn/module.h>

#include <map>
#include <string>

#include "interprior/base/seed.h"
#include "interprior/model/checkpoint.h"
#include "interprior/objective/terms.h"

namespace interprior {

struct Step {
  int64_t index = 0;
  torch::Tensor progress;      // scalar on the device, 0..1
  Seed seed;                   // of this step's noise
};

// Numbers measured on held-out data, by name, with the number of samples behind them.
struct Measurement {
  std::map<std::string, double> values;
  int64_t samples = 0;
};

// What is learned; knows nothing of loops.
template <class Batch> class Task {
 public:
  virtual ~Task() = default;
  virtual torch::nn::Module& network() = 0;
  virtual Terms losses(const Batch& batch, const Step& step) = 0;        // no host sync
  virtual Measurement measure() = 0;                                     // on the task's held-out data, network in eval mode
  virtual CheckpointInfo describe() const = 0;                           // all but the step
};

}  // namespace interprior
