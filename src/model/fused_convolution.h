#pragma once
#include <torch/nn/modules/conv.h>
#include <torch/types.h>

#include <map>
#include <memory>
#include <mutex>

#include "interprior/model/batch_norm.h"

namespace interprior {

enum class Activation { none, relu };

// A convolution of a CPU whose bias, sum and ReLU are one oneDNN call, with weights in oneDNN's own layout and activations in
// channels-last. Without gradients.
class FusedConvolution {
 public:
  // Folds the running statistics of `norm` (may be null) into weight and bias, in float64. nullptr where oneDNN has no such call:
  // another device or dtype of the weights than fp32, or a LibTorch without it. dtype: fp32 or bf16, in which it computes.
  static std::shared_ptr<const FusedConvolution> make(torch::nn::Conv2dImpl& conv, const BatchNormImpl* norm, torch::Dtype dtype);

  torch::Tensor of(const torch::Tensor& x, Activation activation) const;
  // conv(x) + other, then the activation.
  torch::Tensor sum(const torch::Tensor& x, const torch::Tensor& other, Activation activation) const;

 private:
  // The weight in oneDNN's layout for inputs of this height and width. Without them oneDNN guesses, and on two threads repacks
  // the weights in every call.
  torch::Tensor packed_for(const torch::Tensor& x) const;

  torch::Tensor weight_, bias_;
  std::vector<int64_t> padding_, stride_, dilation_;
  int64_t groups_ = 1;
  mutable std::mutex mutex_;
  mutable std::map<std::pair<int64_t, int64_t>, torch::Tensor> packed_;
};

}  // namespace interprior
