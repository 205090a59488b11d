#pragma once
#include "interprior/base/config/config.h"
#include "interprior/model/batch_norm.h"

namespace interprior {

enum class Precision { fp32, bf16 };
template <>
struct EnumNames<Precision> {
  static std::vector<std::pair<Precision, std::string>> table() { return {{Precision::fp32, "fp32"}, {Precision::bf16, "bf16"}}; }
};

struct FitConfig {
  int64_t steps = 10000, warmup = 1000, accumulate = 1;
  double learning_rate = 3e-4, backbone_learning_rate = 1e-4, min_lr_ratio = 0.01, weight_decay = 0.05, max_grad_norm = 1.0,
         ema_decay = 0.9995;
  Precision precision = Precision::fp32;
  NormMode norm = NormMode::batch;
  bool cuda_graph = false, tf32 = true, cudnn_benchmark = false;
  int64_t log_every = 20, checkpoint_every = 1000, validate_every = 1000, keep_last = 2, max_bad_steps = 20;
  double checkpoint_minutes = 30, timeout_minutes = 30;
  std::string monitor = "mpjpe_mm";
  void describe(Fields& fields) {
    fields("steps", steps, "optimiser steps of the whole run", {1, 1e9});
    fields("warmup", warmup, "steps over which the learning rate rises linearly", {0, 1e9});
    fields("accumulate", accumulate, "gradient accumulation: micro-batches per process and step; saves memory", {1, 4096});
    fields("learning_rate", learning_rate, "peak learning rate (AdamW)", {0, 10});
    fields("backbone_learning_rate", backbone_learning_rate, "peak learning rate of the backbone", {0, 10});
    fields("min_lr_ratio", min_lr_ratio, "learning rate at the end of the cosine, as a fraction of the peak", {0, 1});
    fields("weight_decay", weight_decay, "AdamW's weight decay; none on norms, biases and embeddings", {0, 10});
    fields("max_grad_norm", max_grad_norm, "gradients are clipped to this norm; 0: no clipping", {0, 1e6});
    fields("ema_decay", ema_decay, "decay of the exponential moving average (EMA) of weights and norm statistics; 0: no average",
           {0, 1});
    fields("precision", precision, "fp32, or bf16 autocast with fp32 rotations, hands and losses");
    fields("cuda_graph", cuda_graph, "record a step once and replay it (CUDA graphs); one process on a GPU, accumulate 1");
    fields("tf32", tf32,
           "fp32 matrix products and convolutions on a GPU use TF32 (10-bit mantissa) in training; never in validation and "
           "evaluation");
    fields("cudnn_benchmark", cudnn_benchmark,
           "cuDNN benchmarks its kernels for each shape and uses the fastest; runs are then equal up to rounding");
    fields(
        "norm", norm,
        "batch-norm statistics in training: batch (of each process's micro-batch), frozen (running statistics), sync (over the "
        "micro-batches of all processes)");
    fields("log_every", log_every, "steps between lines of the log", {1, 1e9});
    fields("checkpoint_every", checkpoint_every, "steps between checkpoints", {1, 1e9});
    fields("checkpoint_minutes", checkpoint_minutes, "minutes after which a checkpoint is written in any case; 0: by steps only",
           {0, 1e6});
    fields("keep_last", keep_last, "number of newest checkpoints kept on disk, besides best.safetensors", {1, 1e6});
    fields("monitor", monitor, "validation metric whose smallest value selects best.safetensors; empty: none is kept");
    fields("validate_every", validate_every, "steps between validations", {1, 1e9});
    fields("max_bad_steps", max_bad_steps,
           "consecutive steps without finite loss and gradient after which the run stops and saves the batch for --replay",
           {1, 1e9});
    fields("timeout_minutes", timeout_minutes, "minutes that one process may block the others before all stop", {0.05, 1e6});
    fields.renamed("average", "ema_decay");
    fields.renamed("clip", "max_grad_norm");
    fields.renamed("keep", "keep_last");
    fields.renamed("best", "monitor");
    fields.renamed("final_fraction", "min_lr_ratio");
    fields.renamed("measure_every", "validate_every");
    fields.renamed("stop_after_bad", "max_bad_steps");
    fields.renamed("trunk_learning_rate", "backbone_learning_rate");
  }
};

}  // namespace interprior
