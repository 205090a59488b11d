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

// Images of one split of a data root (InterHand2.6M's layout or an images.h5).
struct ImageSource {
  std::string path, split = "train";
  double weight = 1;
  int64_t limit = 0;
  ImageFilter filter;
  void describe(Fields& fields) {
    fields("path", path, "an InterHand2.6M root or an images.h5");
    fields("split", split, "train, val, test or all");
    fields("weight", weight, "how often its images occur per epoch: 2 = twice, 0.5 = every second one", {0, 1000});
    fields("limit", limit, "use at most this many images, from the first on; 0: all", {0, 1e12});
    fields("filter", filter, "filter of its images; default: two interacting hands with MANO parameters of both");
  }
};

// Images rendered on demand, all different; added to the images of the files.
struct SyntheticSource {
  int64_t count = 0, interactions = 0;
  double views = 180;
  PatternSource patterns{"", "train"};
  VarietyConfig variety;
  void describe(Fields& fields) {
    fields("count", count, "rendered images in an epoch; 0: none", {0, 1e9});
    fields("interactions", interactions, "distinct interactions; 0: a new one for every image of every epoch", {0, 1e9});
    fields("views", views, "largest angle between view and canonical view, degrees; 180: the whole sphere", {0, 180});
    fields("patterns", patterns, "patterns whose interactions are rendered; no path: procedural interactions");
    fields("variety", variety, "strength of the images' variations");
  }
};

struct SamplerDataConfig {
  std::vector<ImageSource> train;
  SyntheticSource synthetic;
  ImageSource validation{"", "val", 1, 512, {}};
  double max_replaced_fraction = 0.01;
  BoxSource box = BoxSource::oracle;
  AugmentationConfig augmentation;
  void describe(Fields& fields) {
    fields("train", train, "data sets, mixed by weight");
    fields("synthetic", synthetic, "rendered images, in addition to train or alone");
    fields("validation", validation, "validation images; no path: that of the first training set");
    fields("max_replaced_fraction", max_replaced_fraction,
           "largest fraction of training images that may be missing or damaged; another image replaces each; 0: none", {0, 1});
    fields("box", box, "oracle: around the ground-truth vertices (the benchmark's); annotation: the annotated box");
    fields("augmentation", augmentation, "augmentation of training samples");
    fields.renamed("most_replaced", "max_replaced_fraction");
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
    fields("seed", seed, "random seed of the run", {0, 9e15});
    fields("hand", hand, "hand.h5");
    fields("prior", prior, "checkpoint of the interaction prior whose decoder reconstructs");
    fields("cues", cues, "checkpoint of `train cues` whose fusion and sampling the run starts from; none: random");
    fields("init", init,
           "checkpoint or torchvision backbone (safetensors) to start from; loads all tensors whose name and shape match");
    fields("trunk_weights", trunk_weights,
           "ImageNet weights of the whole backbone (data_scripts/torchvision_weights.py), loaded last; none: random or init's");
    fields("data", data, "images");
    fields("loader", loader, "batches");
    fields("model", model, "the network");
    fields("loss", loss, "weights of the loss terms");
    fields("extraction_first", extraction_first,
           "fraction of the run that trains only the extraction (H, M and tau), before all parts are trained", {0, 1});
    fields("hypotheses", hypotheses, "hypotheses per validation sample; 1: only the mean is evaluated", {1, 4096});
    fields("fit", fit, "optimisation");
  }
};

// The images of several sources as one index, mixed by weight. Throws Error when a source has no usable image.
// hand: for filter.max_mano_fit_error. `examine` is called with each source after reading.
ImageIndex mixed_index(const std::vector<ImageSource>& sources, Seed seed, const HandModel* hand = nullptr,
                       const std::function<void(const ImageSource&, const ImageIndex&)>& examine = {});

// Differences between the networks of a cue stage and a sampler, as lines "key: a -> b". If empty, the cue stage can initialise
// the sampler.
std::vector<std::string> cue_stage_difference(SamplerConfig cues, const SamplerConfig& sampler);

// Trains to fit.steps in options.run. Throws Error before the first step when an input cannot be used.
TrainEnd train_sampler(const SamplerTrainConfig& config, const TrainOptions& options);

}  // namespace interprior
