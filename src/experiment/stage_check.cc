#include "stage_check.h"

#include "input_check.h"
#include "interprior/base/error.h"
#include "interprior/base/files/safetensors_header.h"
#include "interprior/experiment/stages.h"
#include "interprior/hand/mano_model.h"
#include "interprior/model/checkpoint.h"

namespace interprior {

void StageCheck::check(const PlannedRun& run) { stage_named(run.task, "task").check(run, *this); }

std::string StageCheck::hand_hash(const std::string& file) {
  require_given(file, "hand");
  const auto [entry, fresh] = hand_hashes_.emplace(file, "");
  if (fresh) entry->second = read_hand_model(file).hash;
  return entry->second;
}

StageCheck::KnownPrior StageCheck::prior_of(const std::string& file, const std::string& hand) const {
  KnownPrior prior;
  if (prior_ && prior_->file == file) {
    prior = *prior_;
  } else {
    require_given(file, "prior");
    const CheckpointInfo info = read_checkpoint_info(read_safetensors_header(file), "prior");
    prior = {file, info.prior_model, info.hand_hash};
  }
  require(prior.hand_hash == hand, "the prior has another hand file", file, "use one hand file in all stages");
  return prior;
}

StageCheck::KnownCues StageCheck::cues_of(const std::string& file) const {
  if (cues_ && cues_->file == file) return *cues_;
  require_there(file, "cues");
  const CheckpointInfo info = read_checkpoint_info(read_safetensors_header(file), "cues");
  return {file, info.prior_model, info.hand_hash, "", parse_stored_config<SamplerConfig>(info.sampler_model, file)};
}

}  // namespace interprior
