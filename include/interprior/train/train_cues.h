#pragma once
#include "interprior/objective/cues.h"
#include "interprior/train/train_prior.h"

namespace interprior {

struct CueDataConfig {
  PatternSource train{"", "train"}, validation{"", "val", 512};
  double views = 180, jitter = 0.1;
  bool mirror = true;
  CueNoiseConfig noise;
  void describe(Fields& fields) {
    fields("train", train, "the prior's patterns");
    fields("validation", validation, "what is measured on; no path: the training file");
    fields("views", views, "degrees by which the right wrist is turned from its canonical view, at most; 180: all the sphere",
           {0, 180});
    fields("jitter", jitter, "of the crop's size and place, +- fraction", {0, 0.5});
    fields("mirror", mirror, "every second sample is seen mirrored, hands swapped");
    fields("noise", noise, "how the computed cues err, as a detector's do");
  }
};

// `interprior train cues`: fusion and sampling learn on cues computed from patterns, without a picture (METHOD §7).
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
};

// Trains to the end of the config in options.run; `train sampler` starts from the checkpoint by its key `cues`. Throws Error before the
// first step when an input cannot be used.
TrainEnd train_cues(const CueTrainConfig& config, const TrainOptions& options);

}  // namespace interprior
