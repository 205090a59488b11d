#pragma once
#include <torch/nn/module.h>

#include <map>
#include <string>
#include <vector>

#include "interprior/base/files/safetensors.h"
#include "interprior/train/fit_config.h"

namespace interprior {

// Learning rate of a step as a fraction of its peak: linear warm-up, then a cosine down to min_lr_ratio.
double schedule(const FitConfig& config, int64_t step);

// AdamW (Loshchilov & Hutter, ICLR 2019) with gradient clipping over a network's trainable parameters, and the exponential moving
// average (EMA) of these and of the batch-norm statistics. No weight decay on norms, biases and embeddings (fewer than two
// dimensions, or named position or queries); the backbone (names with "trunk.") has its own learning rate. A step whose loss or
// gradient is not finite changes nothing: batch-norm statistics are restored too.
class Optimiser {
 public:
  Optimiser(torch::nn::Module& network, const FitConfig& config);

  void clear_gradients();
  void forget_step();  // restores the batch-norm statistics of the last clear_gradients()
  // Gradient clipping, AdamW step, EMA update; no host sync. loss: of this step, checked for being finite.
  void update(const torch::Tensor& loss, int64_t step);
  void step(const torch::Tensor& loss, int64_t step);  // clear_gradients, backward, update

  // For CUDA graphs: keeps learning rates in device tensors, which prepare() sets outside of the graph.
  void schedule_on_device();
  void prepare(int64_t step);
  void update_prepared(const torch::Tensor& loss);

  torch::Tensor bad() const { return bad_; }  // whether the last update was skipped: 0 or 1, on the device
  int64_t skipped() const;                    // updates skipped so far
  double gradient_norm() const;               // of the last update, before clipping
  const std::vector<torch::Tensor>& parameters() const { return parameters_; }
  torch::Tensor norm_statistics() const { return statistics_; }  // all in one vector, undefined if none

  std::map<std::string, torch::Tensor> ema_weights() const;  // EMA weights by parameter or buffer name; empty without EMA
  void swap_ema_weights();                                   // swaps the network's weights and the EMA weights

  // State of the network and the optimiser that an exact resume needs, by name.
  NamedTensors state() const;
  void load(const Safetensors& file);  // throws Error naming what is missing

 private:
  struct Group {
    double learning_rate, weight_decay;
    torch::Tensor rate{};  // learning rate of the step, on the device
    std::vector<std::string> names;
    std::vector<torch::Tensor> parameters, first_moment, second_moment, steps;
  };
  void follow();

  torch::nn::Module& network_;
  FitConfig config_;
  std::vector<Group> groups_;
  std::vector<torch::Tensor> parameters_;
  std::vector<std::string> ema_names_;
  std::vector<torch::Tensor> ema_, followed_;  // EMA values, and the tensors they average
  torch::Tensor norm_, bad_, skipped_, statistics_, statistics_before_;
  double fraction_ = 0;        // of the peak learning rate: schedule() of the step
  torch::Tensor ema_updates_;  // number of EMA updates
};

}  // namespace interprior
