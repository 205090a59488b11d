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

// AdamW (Loshchilov & Hutter, ICLR 2019) with gradient clipping over a network's trainable parameters, and averages of these and
// of the norms' statistics. No weight decay on norms, biases and embeddings (fewer than two dimensions, or named position or
// queries); the backbone (names with ".trunk.") has its own learning rate. A step whose loss or gradient is not finite changes
// nothing, not even what its forward pass did to the norms' statistics.
class Optimiser {
 public:
  Optimiser(torch::nn::Module& network, const FitConfig& config);

  void clear_gradients();
  void forget_step();  // undoes what forward passes since clear_gradients() did to the statistics
  // Clips the gradients that lie in the parameters, AdamW, averages; no host sync. loss: of this step, for being finite.
  void update(const torch::Tensor& loss, int64_t step);
  void step(const torch::Tensor& loss, int64_t step);  // all of it: clear, backward, update

  // For recorded steps: from now on the schedule's numbers lie on the device, put there by prepare() outside of the recording.
  void schedule_on_device();
  void prepare(int64_t step);
  void update_prepared(const torch::Tensor& loss);

  torch::Tensor bad() const { return bad_; }  // whether the last update was dropped: 0 or 1, on the device
  int64_t skipped() const;                    // updates dropped so far
  double gradient_norm() const;               // of the last update, before clipping
  const std::vector<torch::Tensor>& parameters() const { return parameters_; }
  torch::Tensor norm_statistics() const { return statistics_; }  // all of them in one vector, undefined where there are none

  std::map<std::string, torch::Tensor> averaged() const;  // by parameter or buffer name; empty when none are kept
  void swap_averaged();                                   // exchanges the network's values with the averaged ones

  // Everything of the network and of this that an exact resume needs, by name.
  NamedTensors state() const;
  void load(const Safetensors& file);  // throws Error naming what is missing

 private:
  struct Group {
    double learning_rate, weight_decay;
    torch::Tensor rate{};  // of the step, on the device
    std::vector<std::string> names;
    std::vector<torch::Tensor> parameters, first_moment, second_moment, steps;
  };
  void follow();

  torch::nn::Module& network_;
  FitConfig config_;
  std::vector<Group> groups_;
  std::vector<torch::Tensor> parameters_;
  std::vector<std::string> averaged_names_;
  std::vector<torch::Tensor> averaged_, followed_;  // the averages, and what they follow
  torch::Tensor norm_, bad_, skipped_, statistics_, statistics_before_;
  double fraction_ = 0;     // of the step: the schedule's
  torch::Tensor averages_;  // how many steps the averages have followed
};

}  // namespace interprior
