#include "interprior/train/train_cues.h"

#include "cue_task.h"
#include "interprior/base/error.h"
#include "interprior/data/examination/examination.h"
#include "interprior/infer/reconstructor.h"
#include "interprior/model/checkpoint.h"
#include "interprior/train/fit.h"

namespace interprior {

TrainEnd train_cues(const CueTrainConfig& config, const TrainOptions& options) {
  require(!config.hand.empty(), "no hand file is given", "hand",
          "set hand to a hand.h5 (interprior prepare hand --procedural --out hand.h5)");
  require(!config.prior.empty(), "no prior is given", "prior", "set prior to the checkpoint that `interprior train prior` wrote");
  require(!config.data.train.path.empty(), "no training patterns are given", "data.train.path",
          "set it to a patterns.h5 (interprior synthesize patterns patterns.h5)");
  const HandModel hand = read_hand_model(config.hand);
  CheckpointInfo prior_info;
  const InteractionPrior prior = load_prior(config.prior, &prior_info);
  require_same_hand(prior_info, hand, config.hand);
  PatternSource held_out = config.data.validation;
  if (held_out.path.empty()) held_out.path = config.data.train.path;
  CueTask task(config, hand, prior, patterns_of(held_out), options.device, prior_info.splits);
  start_from(task.network(), config.init, options);
  Patterns training = patterns_of(config.data.train);
  if (options.communicator->leads())
    require_healthy(examine_patterns(training, &hand).findings, options.accept, config.data.train.path);
  const PatternDataset data(std::move(training));
  return fit<PatternBatch>(task, data, run_config(config), options);
}

}  // namespace interprior
