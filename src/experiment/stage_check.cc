#include "stage_check.h"

#include <c10/util/StringUtil.h>

#include "interprior/base/error.h"
#include "interprior/base/files/tensor_file.h"
#include "interprior/data/images/image_index_file.h"
#include "interprior/experiment/stages.h"
#include "interprior/hand/mano_model.h"
#include "interprior/model/backbone_weights.h"
#include "interprior/model/checkpoint.h"
#include "interprior/train/train_cues.h"
#include "interprior/train/train_sampler.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

void require_there(const std::string& path, const char* key) {
  std::error_code ignored;
  require(path.empty() || fs::exists(path, ignored), "there is no such file or folder", c10::str(key, ": ", path),
          "check the path");
}

void require_given(const std::string& path, const char* key) {
  require(!path.empty(), c10::str("`", key, "` is not set"), "",
          c10::str("set it in the config, or with --set all:", key, "=FILE"));
  require_there(path, key);
}

// Requires that the initial weights can be opened.
void check_init(const std::string& path) {
  require_there(path, "init");
  if (!path.empty()) Safetensors file(path);
}

void require_split_name(const std::string& split, const std::string& key) {
  require(split == "train" || split == "val" || split == "test" || split == "all", c10::str("there is no split `", split, "`"),
          key, "choose one of: train, val, test, all");
}

void check_patterns(const PatternSource& source, const std::string& path, const char* key) {
  require_there(path, key);
  require_split(path, source.split);
  if (!source.modality.empty()) require_modalities(source.modality, read_modalities(path), path);
}

void check_pattern_sources(const PatternSource& train, const PatternSource& validation) {
  require_given(train.path, "data.train.path");
  check_patterns(train, train.path, "data.train.path");
  check_patterns(validation, validation.path.empty() ? train.path : validation.path, "data.validation.path");
}

void check_images(const ImageSource& source, const char* key) {
  require_given(source.path, key);
  require_split_name(source.split, key);
  require(fs::is_directory(source.path) || tensor_file_format(source.path) == kImagesFormat,
          "this is neither a folder nor an images.h5", c10::str(key, ": ", source.path),
          "give an InterHand2.6M root or an images.h5");
  require_there(source.filter.annotations, "filter.annotations");
}

template <Described Config>
Config config_of(const PlannedRun& run) {
  return run.base.empty() ? parse_config<Config>("", "defaults", run.set) : read_config<Config>(run.base, run.set);
}

void require_none(const std::vector<std::string>& difference, const char* what, const std::string& where) {
  require(difference.empty(), c10::str(what, ": ", c10::Join("; ", difference)), where,
          "write the override for both stages, as cues+sampler:KEY=VALUE");
}

}  // namespace

void StageCheck::check(const PlannedRun& run) { (this->*stage_named(run.task, "task").check)(run); }

void StageCheck::check_prior(const PlannedRun& run) {
  const auto config = config_of<PriorTrainConfig>(run);
  const std::string hand = hand_hash(config.hand);
  check_pattern_sources(config.data.train, config.data.validation);
  check_init(config.init);
  prior_ = {checkpoint_of(run.folder).string(), dump_config(config.model), hand};
}

void StageCheck::check_cues(const PlannedRun& run) {
  const auto config = config_of<CueTrainConfig>(run);
  hypotheses_ = config.hypotheses;
  const std::string hand = hand_hash(config.hand);
  const KnownPrior prior = prior_of(config.prior, hand);
  check_pattern_sources(config.data.train, config.data.validation);
  check_init(config.init);
  cues_ = {checkpoint_of(run.folder).string(), prior.model, hand, config.prior, config.model};
}

void StageCheck::check_sampler(const PlannedRun& run) {
  const auto config = config_of<SamplerTrainConfig>(run);
  hypotheses_ = config.hypotheses;
  const std::string hand = hand_hash(config.hand);
  const KnownPrior prior = prior_of(config.prior, hand);
  const SamplerDataConfig& data = config.data;
  require(!data.train.empty() || data.synthetic.count > 0, "`data.train` is not set", "",
          "list data sets as [{path: ROOT, split: train}], or set data.synthetic.count");
  if (!data.synthetic.patterns.path.empty())
    check_patterns(data.synthetic.patterns, data.synthetic.patterns.path, "data.synthetic.patterns.path");
  for (const ImageSource& source : data.train) check_images(source, "data.train");
  require(!data.validation.path.empty() || !data.train.empty(), "there is no image to validate on", "data.validation.path",
          "give a data set; rendered images are not validated on");
  ImageSource validation = data.validation;
  if (validation.path.empty()) validation.path = data.train.front().path;
  check_images(validation, "data.validation");
  check_init(config.init);
  require_there(config.trunk_weights, "trunk_weights");
  if (!config.trunk_weights.empty()) read_backbone_weights(config.trunk_weights, *make_backbone(config.model.extraction));
  if (config.cues.empty()) return;
  const KnownCues cues = cues_of(config.cues);
  require(cues.hand_hash == hand, "the cue stage has another hand file", config.cues, "use one hand file in all stages");
  require_none(config_difference(cues.prior_model, prior.model), "the cue stage decodes with another prior than the sampler",
               config.cues);
  require(cues.prior_file.empty() || cues.prior_file == config.prior,
          c10::str("the cue stage decodes with ", cues.prior_file, ", the sampler with ", config.prior), "prior",
          "write the override for both stages, as cues+sampler:prior=FILE");
  require_none(cue_stage_difference(cues.model, config.model), "the cue stage trains another network than the sampler's",
               config.cues);
}

std::string StageCheck::hand_hash(const std::string& file) {
  require_given(file, "hand");
  const auto [entry, fresh] = hand_hashes_.emplace(file, "");
  if (fresh) entry->second = read_hand_model(file).hash;
  return entry->second;
}

// The prior of a checkpoint, existing or planned; requires the same hand.
StageCheck::KnownPrior StageCheck::prior_of(const std::string& file, const std::string& hand) const {
  KnownPrior prior;
  if (prior_ && prior_->file == file) {
    prior = *prior_;
  } else {
    require_given(file, "prior");
    const CheckpointInfo info = read_checkpoint_info(Safetensors(file), "prior");
    prior = {file, info.prior_model, info.hand_hash};
  }
  require(prior.hand_hash == hand, "the prior has another hand file", file, "use one hand file in all stages");
  return prior;
}

StageCheck::KnownCues StageCheck::cues_of(const std::string& file) const {
  if (cues_ && cues_->file == file) return *cues_;
  require_there(file, "cues");
  const CheckpointInfo info = read_checkpoint_info(Safetensors(file), "cues");
  return {file, info.prior_model, info.hand_hash, "", parse_stored_config<SamplerConfig>(info.sampler_model, file)};
}

}  // namespace interprior
