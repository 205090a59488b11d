#pragma once
#include <torch/nn/module.h>

#include <map>
#include <optional>
#include <string>

#include "interprior/base/seed.h"
#include "interprior/model/checkpoint.h"
#include "interprior/objective/terms.h"
#include "interprior/run/tensorboard_events.h"

namespace interprior {

struct Step {
  int64_t index = 0;
  torch::Tensor progress;  // scalar on the device, 0..1
  RowSeed seed;            // of this step's noise, for the rows of the step's batch that are here
};

// Names under which every validation counts what it left out: predicted hands that cannot be measured, and the samples that hold
// them.
inline constexpr const char* kImplausibleHands = "implausible_hands";
inline constexpr const char* kImplausibleSamples = "implausible_samples";

// Numbers measured on held-out data, by name, with the number of samples behind them, and what was seen meanwhile.
struct Measurement {
  std::map<std::string, double> values;
  int64_t samples = 0;
  std::string protocol;  // that they are of
  std::map<std::string, EventPicture> pictures = {};
};

// What is learned, whatever its batches are.
class TaskBase {
 public:
  virtual ~TaskBase() = default;
  virtual torch::nn::Module& network() = 0;
  // On the task's held-out data, network in eval mode. Hands of a network that has not learned enough are left out and counted.
  virtual Measurement measure() = 0;
  virtual CheckpointInfo describe() const = 0;  // all but the step
};

// What is learned; knows nothing of loops.
template <class Batch>
class Task : public TaskBase {
 public:
  // Means over the batch's rows, so that parts of a batch average to it; no host sync.
  virtual Terms losses(const Batch& batch, const Step& step) = 0;
  // Steps of one phase do the same on the device whatever their number, so that they can be recorded as a CUDA graph; empty: a
  // step needs the host.
  virtual std::optional<int64_t> graph_phase(int64_t step) const { return std::nullopt; }
  virtual std::string needs_host() const { return "this task's steps need the host"; }  // why, where graph_phase is empty
};

}  // namespace interprior
