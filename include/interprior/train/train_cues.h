#pragma once
#include "interprior/objective/cues.h"
#include "interprior/objective/keypoint_noise.h"
#include "interprior/train/train_prior.h"

namespace interprior {

// What cues are computed from.
enum class CueSource {
  image,     // surfaces and joints, as an image network would see them: H, M with one hand before the other, tau
  keypoints  // 2D joints as a detector finds them, by the same code as `predict --keypoints`: H and M
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
    fields("train", train, "the prior's patterns");
    fields("validation", validation, "what is measured on; no path: the training file");
    fields("views", views, "degrees by which the right wrist is turned from its canonical view, at most; 180: all the sphere",
           {0, 180});
    fields("jitter", jitter, "of the crop's size and place, +- fraction", {0, 0.5});
    fields("mirror", mirror, "every second sample is seen mirrored, hands swapped");
    fields("cues", cues,
           "image: H, M and tau as an image network sees them; keypoints: H and M of 2D joints, for predict --keypoints");
    fields("noise", noise, "how cues of images err, as a network that draws them does");
    fields("keypoints", keypoints, "how cues of keypoints err, as a detector of joints does");
  }
};

// `interprior train cues`: fusion and sampling learn on cues computed from patterns, without a picture.
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
    fields("seed", seed, "run seed; every random draw follows from it", {0, 9e15});
    fields("hand", hand, "hand.h5");
    fields("prior", prior, "checkpoint of the interaction prior whose decoder reconstructs");
    fields("init", init, "checkpoint whose weights the run starts from; none: random");
    fields("data", data, "patterns, views and noise");
    fields("loader", loader, "batches");
    fields("model", model, "the network; of its extraction only the number of features matters here");
    fields("loss", loss, "weights of the loss terms; heatmap, mask and tau do not occur");
    fields("hypotheses", hypotheses, "draws of each held-out sample; 1: none, its mean alone is measured", {1, 4096});
    fields("fit", fit, "optimisation");
  }
  void check() const {
    if (data.cues == CueSource::keypoints) require_keypoints_suffice(model);
  }
};

// Trains to the end of the config in options.run; `train sampler` starts from the checkpoint by its key `cues`. Throws Error
// before the first step when an input cannot be used.
TrainEnd train_cues(const CueTrainConfig& config, const TrainOptions& options);

}  // namespace interprior
