#pragma once
#include <torch/nn/modules/conv.h>
#include <torch/types.h>

#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "interprior/model/batch_norm.h"
#include "model/winograd_convolution.h"

namespace interprior {

// A convolution of a CPU whose bias, sum and ReLU are one oneDNN call, with weights in oneDNN's own layout and activations in
// channels-last; 3x3 convolutions of large maps by Winograd's transform, in fp32 also where the others compute in bf16. Without
// gradients.
class FusedConvolution {
 public:
  // Folds the running statistics of `norm` (may be null) into weight and bias, in float64. nullptr where oneDNN has no such call:
  // another device or dtype of the weights than fp32, or a LibTorch without it. dtype: fp32 or bf16, in which it computes. Throws
  // Error if a weight is not finite.
  static std::shared_ptr<const FusedConvolution> make(torch::nn::Conv2dImpl& conv, const BatchNormImpl* norm, torch::Dtype dtype);

  torch::Tensor of(const torch::Tensor& x, Activation activation) const;
  // conv(x) + other, then the activation. `other` may be overwritten, and must share no memory with x.
  torch::Tensor sum(const torch::Tensor& x, const torch::Tensor& other, Activation activation) const;

 private:
  // The weight in oneDNN's layout for inputs of this height and width. Without them oneDNN guesses, and on two threads repacks
  // the weights in every call.
  torch::Tensor packed_for(const torch::Tensor& x) const;

  torch::Dtype dtype_;
  torch::Tensor weight_, bias_;  // fp32, dtype_
  ConvolutionShape shape_;
  std::optional<WinogradConvolution> winograd_;
  mutable std::mutex mutex_;
  mutable std::map<std::pair<int64_t, int64_t>, torch::Tensor> packed_;
};

}  // namespace interprior
