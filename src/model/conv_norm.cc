#include "interprior/model/conv_norm.h"

#include <torch/types.h>

#include "model/fused_convolution.h"

namespace interprior {

ConvNorm::ConvNorm(torch::nn::Conv2d conv, BatchNorm norm) : conv_(std::move(conv)), norm_(std::move(norm)) {}

torch::Tensor ConvNorm::operator()(const torch::Tensor& x) const {
  if (fused_) return fused_->of(x, Activation::none);
  const torch::Tensor y = conv_(x);
  return norm_.is_empty() ? y : norm_(y);
}

torch::Tensor ConvNorm::relu(const torch::Tensor& x) const {
  return fused_ ? fused_->of(x, Activation::relu) : torch::relu((*this)(x));
}

torch::Tensor ConvNorm::added_to(const torch::Tensor& other, const torch::Tensor& x) const {
  return fused_ ? fused_->sum(x, other, Activation::none) : other + (*this)(x);
}

torch::Tensor ConvNorm::add_relu(const torch::Tensor& x, const std::function<torch::Tensor()>& other) const {
  if (fused_) return fused_->sum(x, other(), Activation::relu);
  const torch::Tensor y = (*this)(x);
  return torch::relu(y + other());
}

void ConvNorm::fuse(torch::Dtype dtype) {
  fused_ = FusedConvolution::make(*conv_, norm_.is_empty() ? nullptr : norm_.get(), dtype);
}

}  // namespace interprior
