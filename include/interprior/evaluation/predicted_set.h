#pragma once
#include <functional>
#include <map>
#include <string>

#include "interprior/data/dataset.h"
#include "interprior/data/images/image_batch.h"
#include "interprior/metric/hand_sets/hand_set.h"
#include "interprior/model/sampler.h"

namespace interprior {

// Predictions of a network on a data set and the ground truth, both in the original camera's axes. Predictions: MANO parameters,
// joints of the kinematic chain, K hypotheses. Ground truth: MANO parameters, annotated joints, validity flags.
struct PredictedSet {
  HandSet predictions, truth;
  std::map<std::string, int64_t> skipped;  // samples that could not be loaded: sample_unreadable
};

struct PredictionOptions {
  int64_t batch = 32, workers = 1, hypotheses = 1;
  double temperature = 1;       // standard deviation of the noise of hypotheses
  int64_t begin = 0, end = -1;  // rows of the data set; -1: to the end
  std::function<void(int64_t done, int64_t all)> progress;
  std::function<void(const ImageBatch& batch, const Reconstruction& prediction)> look;  // called per batch, on the device
};

// Passes every sample once, in order, batch by batch to `take`; the last batch may be smaller. The network runs in evaluation
// mode; its mode is restored afterwards. `hands` is on `device`. The random seed of hypotheses depends on the sample id alone.
// Returns the number of skipped samples by reason. Throws Error when nothing can be loaded.
std::map<std::string, int64_t> predict_each(Sampler network, const TwoHands& hands, const Dataset<ImageBatch>& data,
                                            torch::Device device, const PredictionOptions& options,
                                            const std::function<void(const HandSet& predictions, const HandSet& truth)>& take);
// The same, with all samples in memory.
PredictedSet predict_set(Sampler network, const TwoHands& hands, const Dataset<ImageBatch>& data, torch::Device device,
                         const PredictionOptions& options = {});

}  // namespace interprior
