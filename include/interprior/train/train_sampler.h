#pragma once
#include "interprior/data/images/image_dataset.h"
#include "interprior/data/loader.h"
#include "interprior/interaction/variety.h"
#include "interprior/model/sampler.h"
#include "interprior/objective/sampler_loss.h"
#include "interprior/train/fit_config.h"
#include "interprior/train/train_options.h"
#include "interprior/train/train_prior.h"

namespace interprior {

// Pictures of one split of a data root (InterHand2.6M's layout or an images.h5).
struct ImageSource {
  std::string path, split = "train";
  double weight = 1;
  int64_t limit = 0;
  ImageFilter filter;
  void describe(Fields& fields) {
    fields("path", path, "an InterHand2.6M root or an images.h5");
    fields("split", split, "train, val, test or all");
    fields("weight", weight, "how often its pictures come per epoch: 2 = twice, 0.5 = every second one", {0, 1000});
    fields("limit", limit, "use at most this many pictures, from the first on; 0: all", {0, 1e12});
    fields("filter", filter, "which of its pictures; by default those of two interacting hands with MANO parameters of both");
  }
};

// Pictures that are rendered as they are asked for, never twice the same; they join those of the files.
struct SyntheticSource {
  int64_t count = 0, interactions = 0;
  double views = 180;
  PatternSource patterns{"", "train"};
  VarietyConfig variety;
  void describe(Fields& fields) {
    fields("count", count, "rendered pictures in an epoch; 0: none", {0, 1e9});
    fields("interactions", interactions, "distinct interactions; 0: a new one for every picture of every epoch", {0, 1e9});
    fields("views", views, "views lie within so many degrees of the canonical one; 180: the whole sphere", {0, 180});
    fields("patterns", patterns, "whose interactions are shown; no path: procedural ones");
    fields("variety", variety, "how far pictures depart from plain ones");
  }
};

struct SamplerDataConfig {
  std::vector<ImageSource> train;
  SyntheticSource synthetic;
  ImageSource validation{"", "val", 1, 512, {}};
  double most_replaced = 0.01;
  BoxSource box = BoxSource::oracle;
  AugmentationConfig augmentation;
  void describe(Fields& fields) {
    fields("train", train, "data sets, mixed by weight");
    fields("synthetic", synthetic, "rendered pictures beside them, or alone");
    fields("validation", validation, "what is measured on; no path: the first training set's");
    fields("most_replaced", most_replaced,
           "share of training pictures that may be missing or damaged: each gives its place to another one; 0: none", {0, 1});
    fields("box", box, "oracle: around the true vertices (the benchmark's); annotation: the annotated box");
    fields("augmentation", augmentation, "of training samples");
  }
};

// `interprior train sampler`: the whole run in one struct.
struct SamplerTrainConfig {
  int64_t seed = 0;
  std::string hand, prior, cues, init, trunk_weights;
  SamplerDataConfig data;
  LoaderConfig loader{128, 1, 4};
  SamplerConfig model;
  SamplerLossConfig loss;
  double extraction_first = 0.2;
  int64_t hypotheses = 1;
  FitConfig fit;
  void describe(Fields& fields) {
    fields("seed", seed, "run seed; every random draw follows from it", {0, 9e15});
    fields("hand", hand, "hand.h5");
    fields("prior", prior, "checkpoint of the interaction prior whose decoder reconstructs");
    fields("cues", cues, "checkpoint of `train cues` whose fusion and sampling the run starts from; none: random");
    fields("init", init, "checkpoint or torchvision trunk (safetensors) whose weights the run starts from as far as they fit");
    fields("trunk_weights", trunk_weights,
           "ImageNet weights of the whole trunk (data_scripts/torchvision_weights.py), loaded last; none: random or init's");
    fields("data", data, "pictures");
    fields("loader", loader, "batches");
    fields("model", model, "the network");
    fields("loss", loss, "weights of the loss terms");
    fields("extraction_first", extraction_first,
           "fraction of the run in which extraction alone learns H, M and tau, before everything learns together", {0, 1});
    fields("hypotheses", hypotheses, "draws of each held-out sample; 1: none, its mean alone is measured", {1, 4096});
    fields("fit", fit, "optimisation");
  }
};

// The pictures of several sources as one index, mixed by weight. Throws Error when a source has no usable picture.
// hand: for filter.most_fit_error. `examine` sees each source as it was read.
ImageIndex mixed_index(const std::vector<ImageSource>& sources, Seed seed, const HandModel* hand = nullptr,
                       const std::function<void(const ImageSource&, const ImageIndex&)>& examine = {});

// What of a cue stage's network is another one than the sampler's, as lines "key: a -> b"; where there is none it can start the
// sampler.
std::vector<std::string> cue_stage_difference(SamplerConfig cues, const SamplerConfig& sampler);

// Trains to the end of the config in options.run. Throws Error before the first step when an input cannot be used.
TrainEnd train_sampler(const SamplerTrainConfig& config, const TrainOptions& options);

}  // namespace interprior
