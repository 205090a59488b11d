#include "interprior/train/train_sampler.h"

#include "interprior/base/error.h"
#include "interprior/base/log.h"
#include "interprior/data/image_index_file.h"
#include "interprior/infer/reconstructor.h"
#include "interprior/train/fit.h"
#include "interprior/train/sampler_task.h"

namespace interprior {

ImageIndex mixed_index(const std::vector<ImageSource>& sources, const UsableRule& rule, Seed seed) {
  ImageIndex mixed;
  mixed.kind = "images";
  for (size_t i = 0; i < sources.size(); ++i) {
    const ImageSource& source = sources[i];
    ImageIndex index = read_images(source.path, source.split, rule);
    if (source.limit > 0 && static_cast<int64_t>(index.usable.size()) > source.limit)
      index.usable.resize(static_cast<size_t>(source.limit));
    std::string reasons;
    for (const auto& [reason, count] : index.skipped) {
      reasons += c10::str(reasons.empty() ? "" : ", ", reason, " ", count);
      mixed.skipped[reason] += count;
    }
    require(!index.usable.empty(), "no usable picture in split " + source.split, source.path,
            reasons.empty() ? "check the path and the split" : "skipped: " + reasons);
    if (!reasons.empty()) log_warning(c10::str(source.path, ": skipped ", reasons));
    mixed.images += index.images;
    mixed.annotations += index.annotations;
    // Whole copies first, then the rest of the weight as a random part.
    const auto size = static_cast<int64_t>(index.usable.size());
    const auto order = random_order(size, seed.derive(i));
    const auto wanted = static_cast<int64_t>(source.weight * static_cast<double>(size) + 0.5);
    for (int64_t k = 0; k < wanted; ++k) {
      const int64_t row = k < wanted - wanted % size ? k % size : order[static_cast<size_t>(k % size)];
      mixed.usable.push_back(index.usable[static_cast<size_t>(row)]);
    }
  }
  require(!mixed.usable.empty(), "the weights leave no picture to train on", "data.train",
          "give one of the sources a larger weight");
  return mixed;
}

void train_sampler(const SamplerTrainConfig& config, const TrainOptions& options) {
  require(!config.hand.empty(), "no hand file is given", "hand",
          "set hand to a hand.h5 (interprior prepare hand --procedural --out hand.h5)");
  require(!config.prior.empty(), "no prior is given", "prior", "set prior to the checkpoint that `interprior train prior` wrote");
  require(!config.data.train.empty(), "no training pictures are given", "data.train",
          "list data sets as [{path: ROOT, split: train}] (interprior synthesize images ROOT)");
  const Seed seed{static_cast<uint64_t>(config.seed)};
  const HandModel hand = read_hand_model(config.hand);
  CheckpointInfo prior_info;
  const InteractionPrior prior = load_prior(config.prior, &prior_info);
  require_same_hand(prior_info, hand, config.hand);

  ImageSource held_out = config.data.validation;
  if (held_out.path.empty()) held_out.path = config.data.train.front().path;
  const UsableRule both_hands{};
  ImageDatasetConfig crop{config.model.image_size, config.data.box, config.data.augmentation};
  const ImageDataset training(mixed_index(config.data.train, both_hands, seed.derive("mixture")), hand, crop);
  crop.augmentation.enabled = false;
  const auto validation = std::make_shared<ImageDataset>(mixed_index({held_out}, both_hands, seed), hand, crop);

  SamplerTask task(config, hand, prior, validation, options.device);
  if (!config.cues.empty()) require_same_hand(read_checkpoint_info(Safetensors(config.cues), "cues"), hand, config.hand);
  start_from(task.network(), config.cues, options);
  start_from(task.network(), config.init, options);
  RunFolder run(options.run, dump_config(config), options.resume);
  fit<ImageBatch>(task, training, config.loader, config.fit, seed, run, options);
}

}  // namespace interprior
