#pragma once
#include <string>

#include "interprior/model/checkpoint_info.h"
#include "interprior/model/interaction_prior.h"

namespace interprior {

// Checkpoint metadata that all tasks have in common. Config: that of a whole run, with the path of its hand file.
template <Described Config>
CheckpointInfo run_description(const std::string& kind, const Config& config, const InteractionPriorConfig& prior,
                               const TwoHands& hands, const std::string& splits) {
  CheckpointInfo info;
  info.kind = kind;
  info.config = dump_config(config);
  info.prior_model = dump_config(prior);
  info.hand_file = config.hand;
  info.hand_hash = hands.hash;
  info.hand_source = hands.source;
  info.splits = splits;
  return info;
}

}  // namespace interprior
