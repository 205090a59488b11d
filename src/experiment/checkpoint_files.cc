#include "checkpoint_files.h"

#include "interprior/base/error.h"
#include "interprior/infer/hand_file.h"
#include "interprior/infer/reconstructor.h"

namespace interprior {

CheckpointFiles checkpoint_files(const CheckpointInput& input, const CheckpointInfo& info, const std::string& recorded_data,
                                 const std::string& data_kind) {
  CheckpointFiles files;
  files.data = input.data.empty() ? recorded_data : input.data;
  require(!files.data.empty(), "the checkpoint records no data set", input.checkpoint, "pass --data " + data_kind);
  files.hand_file = input.hand.empty() ? hand_file_of(info, input.checkpoint).string() : input.hand;
  files.hand = read_hand_model(files.hand_file);
  require_same_hand(info, files.hand, files.hand_file);
  return files;
}

std::map<std::string, std::string> origin_of(const CheckpointInput& input, const CheckpointInfo& info,
                                             const CheckpointFiles& files) {
  return {{"checkpoint", input.checkpoint},
          {"step", std::to_string(info.step)},
          {"data", files.data},
          {"split", input.split},
          {"hand", files.hand_file}};
}

}  // namespace interprior
