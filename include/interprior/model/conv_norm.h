#pragma once
#include <torch/nn/modules/conv.h>

#include <memory>

#include "interprior/model/batch_norm.h"

namespace interprior {

class FusedConvolution;

// A convolution and the batch norm after it, which their owner registers under names of its own. After fuse() both, and the
// addition and ReLU that follow, are one oneDNN call, or Winograd's transform for 3x3 convolutions of large maps: for inference
// on a CPU.
class ConvNorm {
 public:
  explicit ConvNorm(torch::nn::Conv2d conv, BatchNorm norm = nullptr);

  torch::Tensor operator()(const torch::Tensor& x) const;  // norm(conv(x))
  torch::Tensor relu(const torch::Tensor& x) const;        // relu(norm(conv(x)))
  // other + norm(conv(x)). After fuse(), `other` may be overwritten by the sum here and below, which saves a copy;
  // it must share no memory with x.
  torch::Tensor added_to(const torch::Tensor& other, const torch::Tensor& x) const;
  // relu(norm(conv(x)) + other()); `other` is called after the convolution, so that gradients are summed in this order.
  torch::Tensor add_relu(const torch::Tensor& x, const std::function<torch::Tensor()>& other) const;

  // Folds the norm's running statistics into the weights; computes in fp32 or bf16. Later changes of the weights have no effect.
  // Throws Error if one of them is not finite.
  void fuse(torch::Dtype dtype);

  const torch::nn::Conv2d& conv() const { return conv_; }
  const BatchNorm& norm() const { return norm_; }

 private:
  mutable torch::nn::Conv2d conv_;
  mutable BatchNorm norm_;
  std::shared_ptr<const FusedConvolution> fused_;
};

}  // namespace interprior
