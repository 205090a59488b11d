#include "interprior/train/train_prior.h"

#include <c10/util/StringUtil.h>

#include "interprior/base/error.h"
#include "interprior/base/log.h"
#include "interprior/data/examination/examination.h"
#include "interprior/train/fit.h"
#include "prior_task.h"

namespace interprior {

Patterns patterns_of(const PatternSource& source) {
  const Patterns patterns = of_modalities(of_split(read_patterns(source.path), source.split), source.modality);
  if (!source.modality.empty() && patterns.size() < source.limit)
    log_warning(c10::str(source.path, ": ", patterns.size(), " patterns of ", c10::Join(", ", source.modality),
                         ", fewer than the limit of ", source.limit,
                         "; runs with more of them are not comparable by modality alone"));
  return source.limit > 0 ? subsample(patterns, source.limit) : patterns;
}

PriorTrainConfig::PriorTrainConfig() {
  fit.learning_rate = 1e-3;
  fit.weight_decay = 0.01;
  fit.steps = 100000;
  fit.monitor = "prior_joint_error_mm";
}

TrainEnd train_prior(const PriorTrainConfig& config, const TrainOptions& options) {
  require(!config.hand.empty(), "no hand file is given", "hand",
          "set hand to a hand.h5 (interprior prepare hand --procedural --out hand.h5)");
  require(!config.data.train.path.empty(), "no training patterns are given", "data.train.path",
          "set it to a patterns.h5 (interprior synthesize patterns patterns.h5)");
  const HandModel hand = read_hand_model(config.hand);
  PatternSource held_out = config.data.validation;
  if (held_out.path.empty()) held_out.path = config.data.train.path;
  Patterns training = patterns_of(config.data.train);
  if (options.communicator->leads())
    require_healthy(examine_patterns(training, &hand).findings, options.accept, config.data.train.path);
  PriorTask task(config, hand, training, patterns_of(held_out), options.device);
  start_from(task.network(), config.init, options);
  const PatternDataset data(std::move(training));
  return fit<PatternBatch>(task, data, run_config(config), options);
}

}  // namespace interprior
