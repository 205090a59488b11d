#pragma once
#include "interprior/base/config.h"

namespace interprior {

enum class Precision { fp32, bf16 };
template <>
struct EnumNames<Precision> {
  static std::vector<std::pair<Precision, std::string>> table() { return {{Precision::fp32, "fp32"}, {Precision::bf16, "bf16"}}; }
};

struct FitConfig {
  int64_t steps = 10000, warmup = 1000;
  double learning_rate = 3e-4, trunk_learning_rate = 1e-4, final_fraction = 0.01, weight_decay = 0.05, clip = 1.0,
         average = 0.9995;
  Precision precision = Precision::fp32;
  int64_t log_every = 20, checkpoint_every = 1000, measure_every = 1000;
  void describe(Fields& fields) {
    fields("steps", steps, "optimiser steps of the whole run", {1, 1e9});
    fields("warmup", warmup, "steps over which the learning rate rises linearly", {0, 1e9});
    fields("learning_rate", learning_rate, "peak learning rate (AdamW)", {0, 10});
    fields("trunk_learning_rate", trunk_learning_rate, "peak learning rate of the backbone", {0, 10});
    fields("final_fraction", final_fraction, "learning rate at the end of the cosine, as a fraction of the peak", {0, 1});
    fields("weight_decay", weight_decay, "AdamW's; none on norms, biases and embeddings", {0, 10});
    fields("clip", clip, "largest norm of the gradient; 0: no clipping", {0, 1e6});
    fields("average", average, "decay of the averaged weights (EMA); 0: none kept", {0, 1});
    fields("precision", precision, "fp32, or bf16 autocast with fp32 rotations, hands and losses");
    fields("log_every", log_every, "steps between lines of the log", {1, 1e9});
    fields("checkpoint_every", checkpoint_every, "steps between checkpoints", {1, 1e9});
    fields("measure_every", measure_every, "steps between measurements on held-out data", {1, 1e9});
  }
};

}  // namespace interprior
