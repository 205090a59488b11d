#pragma once
#include <torch/nn/module.h>

#include <map>
#include <string>
#include <vector>

#include "interprior/base/safetensors.h"
#include "interprior/train/fit_config.h"

namespace interprior {

// Learning rate of a step as a fraction of its peak: linear warm-up, then a cosine down to final_fraction.
double schedule(const FitConfig& config, int64_t step);

// AdamW (Loshchilov & Hutter, ICLR 2019) with gradient clipping and averaged weights over a network's trainable parameters.
// No weight decay on norms, biases and embeddings (fewer than two dimensions, or named position or queries); the backbone
// (names with ".trunk.") has its own learning rate. A step whose gradient is not finite changes nothing and is counted.
class Optimiser {
 public:
  Optimiser(torch::nn::Module& network, const FitConfig& config);

  void step(const torch::Tensor& loss, int64_t step);      // backward, clip, AdamW, average; no host sync
  int64_t skipped() const;                                 // steps dropped so far because the gradient was not finite
  double gradient_norm() const;                            // of the last step

  std::map<std::string, torch::Tensor> averaged() const;   // by parameter name; empty when none are kept
  void swap_averaged();                                    // exchanges the network's weights with the averaged ones

  // Everything an exact resume needs, with the network's parameters and buffers.
  NamedTensors state() const;
  void load(const Safetensors& file);                      // throws Error naming what is missing

 private:
  struct Group {
    double learning_rate, weight_decay;
    std::vector<std::string> names;
    std::vector<torch::Tensor> parameters, first_moment, second_moment, steps;
  };
  torch::nn::Module& network_;
  FitConfig config_;
  std::vector<Group> groups_;
  std::vector<std::string> names_;
  std::vector<torch::Tensor> parameters_, averaged_;
  torch::Tensor norm_, skipped_;
  int64_t averages_ = 0;
};

}  // namespace interprior
