#pragma once
#include <functional>
#include <map>
#include <string>

#include "interprior/data/dataset.h"
#include "interprior/data/images/image_batch.h"
#include "interprior/metric/hand_sets/hand_set.h"
#include "interprior/model/sampler.h"

namespace interprior {

// A network's predictions on a data set, and the truth, both in the original camera's axes. Predictions hold MANO parameters, the
// chain's joints and K hypotheses; truth MANO parameters, annotated joints and what of them is valid.
struct PredictedSet {
  HandSet predictions, truth;
  std::map<std::string, int64_t> skipped;  // samples that could not be loaded: sample_unreadable
};

struct PredictionOptions {
  int64_t batch = 32, workers = 1, hypotheses = 1;
  double temperature = 1;       // of the hypotheses: standard deviation of the noise that they are drawn with
  int64_t begin = 0, end = -1;  // rows of the data set; -1: to its last
  std::function<void(int64_t done, int64_t all)> progress;
  std::function<void(const ImageBatch& seen, const Reconstruction& said)> look;  // sees every batch on the device
};

// Every sample once, in order, a batch at a time to `take`; the last batch is as small as it is. The network runs in evaluation
// mode and gets its own mode back. `hands` lives on `device`. The draws of a sample follow from its id alone. Returns what was
// skipped. Throws Error when nothing can be loaded.
std::map<std::string, int64_t> predict_each(Sampler network, const TwoHands& hands, const Dataset<ImageBatch>& data,
                                            torch::Device device, const PredictionOptions& options,
                                            const std::function<void(const HandSet& predictions, const HandSet& truth)>& take);
// All of them in memory.
PredictedSet predict_set(Sampler network, const TwoHands& hands, const Dataset<ImageBatch>& data, torch::Device device,
                         const PredictionOptions& options = {});

}  // namespace interprior
