#pragma once
#include "interprior/objective/cues.h"
#include "interprior/objective/keypoint_noise.h"
#include "interprior/train/train_prior.h"

namespace interprior {

// Source of the computed cues.
enum class CueSource {
  image,     // surfaces and joints, like the cues of an image network: H, M with occlusion between hands, tau
  keypoints  // 2D joints like those of a detector, by the same code as `predict --keypoints`: H and M
};
template <>
struct EnumNames<CueSource> {
  static std::vector<std::pair<CueSource, std::string>> table() {
    return {{CueSource::image, "image"}, {CueSource::keypoints, "keypoints"}};
  }
};

struct CueDataConfig {
  PatternSource train{"", "train"}, validation{"", "val", 512};
  double views = 180, jitter = 0.1;
  bool mirror = true;
  CueSource cues = CueSource::image;
  CueNoiseConfig noise;
  KeypointNoiseConfig keypoints;
  void describe(Fields& fields) {
    fields("train", train, "training patterns");
    fields("validation", validation, "validation patterns; no path: the training file");
    fields("views", views, "largest rotation of the right wrist from its canonical view, degrees; 180: the whole sphere",
           {0, 180});
    fields("jitter", jitter, "jitter of the crop's size and position, +- fraction", {0, 0.5});
    fields("mirror", mirror, "mirror samples with probability 0.5, hands swapped");
    fields("cues", cues, "image: H, M and tau like an image network's; keypoints: H and M of 2D joints, for predict --keypoints");
    fields("noise", noise, "simulated errors of image cues, like those of an extraction network");
    fields("keypoints", keypoints, "simulated errors of keypoint cues, like those of a joint detector");
  }
};

// `interprior train cues`: trains fusion and sampling on cues computed from patterns, without images.
struct CueTrainConfig {
  int64_t seed = 0;
  std::string hand, prior, init;
  CueDataConfig data;
  LoaderConfig loader{256, 1, 4};
  SamplerConfig model;
  SamplerLossConfig loss;
  int64_t hypotheses = 1;
  FitConfig fit;
  void describe(Fields& fields) {
    fields("seed", seed, "random seed of the run", {0, 9e15});
    fields("hand", hand, "hand.h5");
    fields("prior", prior, "checkpoint of the interaction prior whose decoder reconstructs");
    fields("init", init, "checkpoint whose weights the run starts from; none: random");
    fields("data", data, "patterns, views and noise");
    fields("loader", loader, "batches");
    fields("model", model, "the network; of its extraction only the number of features is used here");
    fields("loss", loss, "weights of the loss terms; heatmap, mask and tau are not used here");
    fields("hypotheses", hypotheses, "hypotheses per validation sample; 1: only the mean is evaluated", {1, 4096});
    fields("fit", fit, "optimisation");
  }
  void check() const {
    if (data.cues == CueSource::keypoints) require_keypoints_suffice(model);
  }
};

// Trains to fit.steps in options.run; `train sampler` starts from the checkpoint given by its key `cues`. Throws Error before the
// first step when an input cannot be used.
TrainEnd train_cues(const CueTrainConfig& config, const TrainOptions& options);

}  // namespace interprior
