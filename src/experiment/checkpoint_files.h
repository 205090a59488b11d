#pragma once
#include <map>
#include <string>

#include "interprior/experiment/checkpoint_evaluation.h"
#include "interprior/hand/mano_model.h"
#include "interprior/model/checkpoint_info.h"

namespace interprior {

// Data set and hand file of a checkpoint's evaluation: those given, otherwise those that the checkpoint records.
struct CheckpointFiles {
  std::string data, hand_file;
  HandModel hand;
};

// recorded_data: data set of the checkpoint's config, "" if none. data_kind: what --data names, for the message. Throws Error
// without a data set, and when the hand file is not the one of the training.
CheckpointFiles checkpoint_files(const CheckpointInput& input, const CheckpointInfo& info, const std::string& recorded_data,
                                 const std::string& data_kind);

// What was evaluated, for origin.json.
std::map<std::string, std::string> origin_of(const CheckpointInput& input, const CheckpointInfo& info,
                                             const CheckpointFiles& files);

}  // namespace interprior
