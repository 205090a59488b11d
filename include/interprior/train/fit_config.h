#pragma once
#include "interprior/base/config.h"
#include "interprior/model/batch_norm.h"

namespace interprior {

enum class Precision { fp32, bf16 };
template <>
struct EnumNames<Precision> {
  static std::vector<std::pair<Precision, std::string>> table() { return {{Precision::fp32, "fp32"}, {Precision::bf16, "bf16"}}; }
};

struct FitConfig {
  int64_t steps = 10000, warmup = 1000, accumulate = 1;
  double learning_rate = 3e-4, trunk_learning_rate = 1e-4, final_fraction = 0.01, weight_decay = 0.05, clip = 1.0,
         average = 0.9995;
  Precision precision = Precision::fp32;
  NormMode norm = NormMode::batch;
  bool cuda_graph = false, tf32 = true, cudnn_benchmark = false;
  int64_t log_every = 20, checkpoint_every = 1000, measure_every = 1000, keep = 2, stop_after_bad = 20;
  double checkpoint_minutes = 30, timeout_minutes = 30;
  std::string best = "mpjpe_mm";
  void describe(Fields& fields) {
    fields("steps", steps, "optimiser steps of the whole run", {1, 1e9});
    fields("warmup", warmup, "steps over which the learning rate rises linearly", {0, 1e9});
    fields("accumulate", accumulate,
           "parts that each process takes its share of a batch in, one after the other, their gradients added: saves memory",
           {1, 4096});
    fields("learning_rate", learning_rate, "peak learning rate (AdamW)", {0, 10});
    fields("trunk_learning_rate", trunk_learning_rate, "peak learning rate of the backbone", {0, 10});
    fields("final_fraction", final_fraction, "learning rate at the end of the cosine, as a fraction of the peak", {0, 1});
    fields("weight_decay", weight_decay, "AdamW's; none on norms, biases and embeddings", {0, 10});
    fields("clip", clip, "largest norm of the gradient; 0: no clipping", {0, 1e6});
    fields("average", average, "decay of the averaged weights and norm statistics (EMA); 0: none kept", {0, 1});
    fields("precision", precision, "fp32, or bf16 autocast with fp32 rotations, hands and losses");
    fields("cuda_graph", cuda_graph, "record a step once and replay it (CUDA graphs); one process on a GPU, accumulate 1");
    fields("tf32", tf32,
           "fp32 products and convolutions on a GPU keep 10 bits of their factors (TF32) in training; never in validation and "
           "evaluation");
    fields("cudnn_benchmark", cudnn_benchmark,
           "cuDNN measures its kernels on each shape and takes the fastest; runs are then equal up to rounding");
    fields("norm", norm,
           "statistics of batch norms in training: batch (each process its own part's), frozen (the running ones), sync (of all "
           "processes' parts together)");
    fields("log_every", log_every, "steps between lines of the log", {1, 1e9});
    fields("checkpoint_every", checkpoint_every, "steps between checkpoints", {1, 1e9});
    fields("checkpoint_minutes", checkpoint_minutes, "a checkpoint as well where the last one is older; 0: by steps alone",
           {0, 1e6});
    fields("keep", keep, "newest checkpoints that stay on disk, beside the best one", {1, 1e6});
    fields("best", best, "number of the validation whose smallest value makes a checkpoint best.safetensors; empty: none kept");
    fields("measure_every", measure_every, "steps between measurements on held-out data", {1, 1e9});
    fields("stop_after_bad", stop_after_bad,
           "steps in a row without a finite loss and gradient after which the run stops and keeps the batch for --replay",
           {1, 1e9});
    fields("timeout_minutes", timeout_minutes, "how long one process may hold up the others before all stop", {0.05, 1e6});
  }
};

}  // namespace interprior
