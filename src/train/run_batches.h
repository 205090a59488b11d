#pragma once
#include <string>
#include <vector>

#include "batch_split.h"
#include "device_batches.h"
#include "interprior/data/loader.h"
#include "interprior/run/run_checkpoints.h"
#include "interprior/train/fit.h"
#include "interprior/train/train_options.h"

namespace interprior {

// This process's micro-batches on its device, in order, from the step on at which this process started.
template <class Batch>
class RunBatches {
 public:
  RunBatches(const Dataset<Batch>& data, const RunConfig& config, const BatchSplit& split, const RunPosition& start,
             const TrainOptions& options)
      : data_(data),
        split_(split),
        first_step_(start.step),
        loader_(data, {split.rows, config.loader.workers, config.loader.prefetch},
                {config.seed.derive("data"), /*shuffle=*/true, /*endless=*/true, start.samples, options.communicator->rank(),
                 split.ranks}),
        batches_(loader_, options.device) {}

  Batch next() { return batches_.next(); }
  const BatchSplit& split() const { return split_; }

  // Names of this process's samples in a step since this process started.
  std::vector<std::string> samples_of(int64_t step) {
    std::vector<std::string> names;
    for (int64_t micro_batch = 0; micro_batch < split_.micro_batches; ++micro_batch)
      for (const int64_t index : loader_.indices((step - first_step_) * split_.micro_batches + micro_batch))
        names.push_back(data_.name(index));
    return names;
  }

 private:
  const Dataset<Batch>& data_;
  BatchSplit split_;
  int64_t first_step_;
  Loader<Batch> loader_;
  DeviceBatches<Batch> batches_;
};

}  // namespace interprior
