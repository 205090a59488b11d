#pragma once
#include <torch/nn/module.h>

#include <map>
#include <optional>
#include <string>

#include "interprior/base/seed.h"
#include "interprior/model/checkpoint_info.h"
#include "interprior/objective/terms.h"
#include "interprior/run/tensorboard_events.h"

namespace interprior {

struct Step {
  int64_t index = 0;
  torch::Tensor progress;  // scalar on the device, 0..1
  RowSeed seed;            // noise seed of this step; `first` is this micro-batch's first row in the step's batch
};

// Validation metrics that count what was left out: implausible predicted hands, and the samples with such hands.
inline constexpr const char* kImplausibleHands = "implausible_hands";
inline constexpr const char* kImplausibleSamples = "implausible_samples";

// Metrics on the validation set by name, number of evaluated samples, and images for TensorBoard.
struct ValidationResult {
  std::map<std::string, double> values;
  int64_t samples = 0;
  std::string protocol;  // evaluation protocol of the metrics
  std::map<std::string, EventImage> images = {};
};

// A training task, independent of its batch type.
class TaskBase {
 public:
  virtual ~TaskBase() = default;
  virtual torch::nn::Module& network() = 0;
  // Evaluates on the validation set, network in eval mode. Implausible hands are left out and counted.
  virtual ValidationResult validate() = 0;
  virtual CheckpointInfo describe() const = 0;  // all but the step number
};

// Losses of a training task; independent of the training loop.
template <class Batch>
class Task : public TaskBase {
 public:
  // Means over the batch's rows, so that micro-batches can be averaged; no host sync.
  virtual Terms losses(const Batch& batch, const Step& step) = 0;
  // Steps of one phase run the same kernels, so that they can be captured as a CUDA graph; empty: steps need the host.
  virtual std::optional<int64_t> graph_phase(int64_t step) const { return std::nullopt; }
  virtual std::string needs_host() const { return "this task's steps need the host"; }  // reason when graph_phase is empty
};

}  // namespace interprior
