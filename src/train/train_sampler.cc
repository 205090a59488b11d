#include "interprior/train/train_sampler.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include "interprior/base/error.h"
#include "interprior/base/files/safetensors.h"
#include "interprior/base/log.h"
#include "interprior/data/examination/examination.h"
#include "interprior/data/images/image_index_file.h"
#include "interprior/data/joined_dataset.h"
#include "interprior/infer/reconstructor.h"
#include "interprior/model/backbone_weights.h"
#include "interprior/model/checkpoint.h"
#include "interprior/synthesis/synthetic_images.h"
#include "interprior/train/fit.h"
#include "sampler_task.h"

namespace interprior {

ImageIndex mixed_index(const std::vector<ImageSource>& sources, Seed seed, const HandModel* hand,
                       const std::function<void(const ImageSource&, const ImageIndex&)>& examine) {
  ImageIndex mixed;
  mixed.kind = "images";
  for (size_t i = 0; i < sources.size(); ++i) {
    const ImageSource& source = sources[i];
    UsableRule rule(source.filter);
    rule.hand = hand;
    ImageIndex index = read_images(source.path, source.split, rule);
    if (examine) examine(source, index);
    if (source.limit > 0) index.usable.truncate(static_cast<size_t>(source.limit));
    std::string reasons;
    for (const auto& [reason, count] : index.skipped) {
      reasons += c10::str(reasons.empty() ? "" : ", ", reason, " ", count);
      mixed.skipped[reason] += count;
    }
    require(!index.usable.empty(), "no usable image in split " + source.split, source.path,
            reasons.empty() ? "check the path and the split" : "skipped: " + reasons);
    if (!reasons.empty()) log_warning(c10::str(source.path, ": skipped ", reasons));
    mixed.images += index.images;
    mixed.annotations += index.annotations;
    // Whole copies first, then a random subset for the fractional weight.
    const auto size = static_cast<int64_t>(index.usable.size());
    const auto order = random_order(size, seed.derive(i));
    const auto wanted = static_cast<int64_t>(source.weight * static_cast<double>(size) + 0.5);
    for (int64_t k = 0; k < wanted; ++k) {
      const int64_t row = k < wanted - wanted % size ? k % size : order[static_cast<size_t>(k % size)];
      mixed.usable.add(index.usable, static_cast<size_t>(row));
    }
  }
  require(!mixed.usable.empty(), "the weights leave no image to train on", "data.train",
          "give one of the sources a larger weight");
  return mixed;
}

std::vector<std::string> cue_stage_difference(SamplerConfig cues, const SamplerConfig& sampler) {
  const int64_t features = cues.extraction.features;
  cues.extraction = sampler.extraction;  // not trained by the cue stage; only the number of F matters
  cues.extraction.features = features;
  cues.refine = sampler.refine;                      // refinement steps start as the identity
  cues.finetune_decoder = sampler.finetune_decoder;  // the decoder is the same
  return config_difference(dump_config(cues), dump_config(sampler));
}

namespace {

// Requires that the frozen prior weights in a checkpoint equal this prior's.
void require_same_prior(const Safetensors& file, const InteractionPrior& prior, bool decoder_learned, const std::string& advice) {
  for (const auto& item : prior->named_parameters()) {
    const std::string name = "prior." + item.key();
    if (!file.has(name) || (decoder_learned && item.key().rfind("decoder.", 0) == 0)) continue;
    require(torch::equal(file.tensor(name), item.value().detach().cpu()),
            "it was trained with another prior: " + name + " differs", file.path().string(), advice);
  }
}

// A cue stage can only be used with the same prior, fusion and sampling.
void require_same_stage(const SamplerTrainConfig& config, const InteractionPrior& network, const CheckpointInfo& prior,
                        const HandModel& hand) {
  const Safetensors file(config.cues);
  const CheckpointInfo cues = read_checkpoint_info(file.header(), "cues");
  require_same_hand(cues, hand, config.hand);
  const std::string where = config.cues, advice = "train the cue stage again with this prior and model, or give those of its run";
  const auto differing = [](const std::vector<std::string>& lines) { return lines.empty() ? std::string() : lines.front(); };
  const std::string of_prior = differing(config_difference(cues.prior_model, prior.prior_model));
  require(of_prior.empty(), "the cue stage was trained with another prior: " + of_prior, where, advice);
  const auto recorded = parse_stored_config<SamplerConfig>(cues.sampler_model, where + ":sampler_model");
  const std::string of_model = differing(cue_stage_difference(recorded, config.model));
  require(of_model.empty(), "the cue stage was trained with another model: " + of_model, where, advice);
  require_same_prior(file, network, recorded.finetune_decoder || recorded.decoder == DecoderKind::scratch, advice);
}

// A sampler checkpoint contains its own prior: only the frozen weights can be compared.
void require_same_init(const SamplerTrainConfig& config, const InteractionPrior& prior) {
  const Safetensors file(config.init);
  if (file.metadata().count("sampler_model") == 0 || file.metadata().at("sampler_model").empty()) return;
  const auto recorded = parse_stored_config<SamplerConfig>(file.metadata().at("sampler_model"), config.init + ":sampler_model");
  require_same_prior(file, prior, recorded.finetune_decoder || recorded.decoder == DecoderKind::scratch,
                     "set prior to the one that init was trained with");
}

// Empty without `trunk_weights`, or when the run resumes.
BackboneWeights given_backbone(const SamplerTrainConfig& config, const TrainOptions& options) {
  if (config.trunk_weights.empty() || options.resuming()) return {};
  const BackboneWeights weights = read_backbone_weights(config.trunk_weights, *make_backbone(config.model.extraction));
  log_info(c10::str("backbone from ", config.trunk_weights, ": all ", weights.tensors.size(),
                    " tensors; unused in the file: ", weights.unused.empty() ? "none" : c10::Join(", ", weights.unused)));
  return weights;
}

// Splits that prior and cue stage were trained on.
std::string pattern_splits(const CheckpointInfo& prior, const std::string& cues) {
  if (cues.empty()) return prior.splits;
  const CheckpointInfo stage = read_checkpoint_info(read_safetensors_header(cues), "cues");
  return prior.splits == stage.splits ? prior.splits : prior.splits + "," + stage.splits;
}

// Errors name the config key that selects the validation split.
ImageIndex validation_images(const ImageSource& held_out, const HandModel& hand, Seed seed) {
  try {
    return mixed_index({held_out}, seed, &hand);
  } catch (const Error& error) {
    throw Error(error.what(), "data.validation", "set data.validation.path and data.validation.split to a validation set");
  }
}

// Warns when the validation split is also trained on.
void warn_of_seen(const SamplerDataConfig& data, const ImageSource& held_out) {
  for (const ImageSource& source : data.train)
    if (source.path == held_out.path && saw_split(source.split, held_out.split))
      log_warning(
          c10::str("split ", held_out.split, " of ", held_out.path, " is used for training and for validation: data.validation"));
}

// Logs which parts are randomly initialised although a recipe usually has weights for them.
void say_random(const SamplerTrainConfig& config, const TrainOptions& options) {
  if (options.resuming() || !config.init.empty()) return;
  if (config.trunk_weights.empty() && config.model.extraction.trunk != BackboneKind::torchscript)
    log_info("backbone: random initialisation (set trunk_weights for ImageNet weights)");
  if (config.cues.empty()) log_info("fusion and sampling: random initialisation (set cues to start from a cue stage)");
}

std::unique_ptr<const Dataset<ImageBatch>> rendered_images(const SamplerTrainConfig& config, const HandModel& hand) {
  const SyntheticSource& source = config.data.synthetic;
  SyntheticImagesConfig images;
  images.count = source.count;
  images.interactions = source.interactions;
  images.views = source.views;
  images.seed = config.seed;
  images.crop_size = config.model.image_size;
  images.augmentation = config.data.augmentation;
  images.variety = source.variety;
  if (source.patterns.path.empty()) return std::make_unique<SyntheticImages>(hand, images);
  return std::make_unique<SyntheticImages>(hand, images, patterns_of(source.patterns));
}

// The images of the files, then the rendered ones.
JoinedDataset<ImageBatch> training_images(const SamplerTrainConfig& config, const HandModel& hand, Seed seed,
                                          const TrainOptions& options) {
  const auto examine = [&](const ImageSource& source, const ImageIndex& index) {
    if (options.communicator->leads())
      require_healthy(examine_images(*index.tables, source.split, &hand).findings, options.accept, source.path);
  };
  std::vector<std::unique_ptr<const Dataset<ImageBatch>>> parts;
  if (!config.data.train.empty()) {
    ImageIndex index = mixed_index(config.data.train, seed.derive("mixture"), &hand, examine);
    parts.push_back(
        std::make_unique<ImageDataset>(std::move(index), hand,
                                       ImageDatasetConfig{config.model.image_size, config.data.box, config.data.augmentation,
                                                          config.data.max_replaced_fraction}));
  }
  if (config.data.synthetic.count > 0) parts.push_back(rendered_images(config, hand));
  return JoinedDataset<ImageBatch>(std::move(parts));
}

}  // namespace

TrainEnd train_sampler(const SamplerTrainConfig& config, const TrainOptions& options) {
  require(!config.hand.empty(), "no hand file is given", "hand",
          "set hand to a hand.h5 (interprior prepare hand --procedural --out hand.h5)");
  require(!config.prior.empty(), "no prior is given", "prior", "set prior to the checkpoint that `interprior train prior` wrote");
  require(!config.data.train.empty() || config.data.synthetic.count > 0, "no training images are given", "data.train",
          "list data sets as [{path: ROOT, split: train}] (interprior synthesize images ROOT), or set data.synthetic.count");
  const Seed seed{static_cast<uint64_t>(config.seed)};
  const HandModel hand = read_hand_model(config.hand);
  CheckpointInfo prior_info;
  const InteractionPrior prior = load_prior(config.prior, &prior_info);
  require_same_hand(prior_info, hand, config.hand);
  if (!config.cues.empty()) require_same_stage(config, prior, prior_info, hand);
  if (!config.init.empty() && !options.resuming()) require_same_init(config, prior);
  const BackboneWeights backbone = given_backbone(config, options);  // before the images are indexed, which takes minutes

  ImageSource held_out = config.data.validation;
  require(!held_out.path.empty() || !config.data.train.empty(), "there is no image to validate on", "data.validation.path",
          "give a data set; rendered images are not validated on");
  if (held_out.path.empty()) held_out.path = config.data.train.front().path;
  warn_of_seen(config.data, held_out);
  const JoinedDataset<ImageBatch> training = training_images(config, hand, seed, options);
  ImageDatasetConfig crop{config.model.image_size, config.data.box, config.data.augmentation};
  crop.augmentation.enabled = false;
  const auto validation = std::make_shared<ImageDataset>(validation_images(held_out, hand, seed), hand, crop);

  SamplerTask task(config, hand, prior, validation, options.device, pattern_splits(prior_info, config.cues));
  start_from(task.network(), config.cues, options);
  start_from(task.network(), config.init, options);
  load_backbone_weights(task.network(), backbone);
  say_random(config, options);
  return fit<ImageBatch>(task, training, run_config(config), options);
}

}  // namespace interprior
