#pragma once
#include "interprior/data/loader.h"
#include "interprior/data/patterns.h"
#include "interprior/model/interaction_prior.h"
#include "interprior/objective/prior_loss.h"
#include "interprior/train/fit_config.h"
#include "interprior/train/train_options.h"

namespace interprior {

// Patterns of one split of a patterns.h5.
struct PatternSource {
  std::string path, split;
  int64_t limit = 0;
  std::vector<std::string> modality = {};
  void describe(Fields& fields) {
    fields("path", path, "a patterns.h5");
    fields("split", split, "train, val, test or all");
    fields("limit", limit, "use at most this many patterns, evenly spaced over the file; 0: all", {0, 1e12});
    fields("modality", modality, "only patterns of these modalities (`interprior inspect` lists them); empty: all");
  }
};

// Throws Error when no pattern matches.
Patterns patterns_of(const PatternSource& source);

struct PriorDataConfig {
  PatternSource train{"", "train"}, validation{"", "val", 4096};
  bool mirror = true;
  void describe(Fields& fields) {
    fields("train", train, "training patterns");
    fields("validation", validation, "validation patterns; no path: the training file");
    fields("mirror", mirror, "mirror patterns with probability 0.5, hands swapped");
  }
};

// Fit of a prior's flow. It is run at each validation and starts from the previous fit.
struct FlowFitConfig {
  int64_t steps = 800, batch = 512;
  double learning_rate = 2e-3;
  void describe(Fields& fields) {
    fields("steps", steps, "optimiser steps of the flow at each validation of the run", {1, 1e9});
    fields("batch", batch, "latent codes per step", {1, 1e9});
    fields("learning_rate", learning_rate, "peak learning rate (AdamW), falling to zero at each validation", {0, 10});
  }
};

// `interprior train prior`: the whole run in one struct.
struct PriorTrainConfig {
  int64_t seed = 0;
  std::string hand, init;
  PriorDataConfig data;
  LoaderConfig loader{1024, 1, 4};
  InteractionPriorConfig model;
  PriorLossConfig loss;
  FlowFitConfig flow;
  FitConfig fit;
  PriorTrainConfig();  // the paper's recipe
  void describe(Fields& fields) {
    fields("seed", seed, "random seed of the run", {0, 9e15});
    fields("hand", hand, "hand.h5");
    fields("init", init, "checkpoint whose weights the run starts from; none: random");
    fields("data", data, "patterns");
    fields("loader", loader, "batches");
    fields("model", model, "the VAE");
    fields("loss", loss, "weights of the loss terms");
    fields("flow", flow, "fit of the flow, if model.density is flow");
    fields("fit", fit, "optimisation");
  }
};

// Trains to fit.steps in options.run. Throws Error before the first step when an input cannot be used.
TrainEnd train_prior(const PriorTrainConfig& config, const TrainOptions& options);

}  // namespace interprior
