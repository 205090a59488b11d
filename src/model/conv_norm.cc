#include "interprior/model/conv_norm.h"

#include <torch/types.h>

#include <array>
#include <variant>

#include "model/fused_convolution.h"

namespace interprior {
namespace {

constexpr int64_t kLanes = 16;  // fp32 numbers of an AVX-512 register

// A strided 1x1 convolution with few input channels. oneDNN 3.10 (LibTorch 2.11) computes the gradient of its weights, in
// channels-last, with writes beyond its scratch memory: below 16 channels with AVX-512, below 8 with AVX2.
bool backward_overruns(const torch::nn::Conv2dImpl& conv, const torch::Tensor& x) {
  const auto& options = conv.options;
  const auto* padding = std::get_if<torch::ExpandingArray<2>>(&options.padding());
  const std::array<int64_t, 2> none{0, 0}, one{1, 1};
  return x.is_cpu() && options.in_channels() < kLanes && options.groups() == 1 && *options.kernel_size() == one &&
         *options.stride() != one && padding != nullptr && **padding == none;
}

// The same function: a 1x1 convolution with a stride ignores the pixels between.
torch::Tensor convolution_of_used_pixels(const torch::nn::Conv2dImpl& conv, const torch::Tensor& x) {
  const std::array<int64_t, 2>& stride = *conv.options.stride();
  return torch::conv2d(x.slice(2, 0, x.size(2), stride[0]).slice(3, 0, x.size(3), stride[1]), conv.weight, conv.bias);
}

}  // namespace

ConvNorm::ConvNorm(torch::nn::Conv2d conv, BatchNorm norm) : conv_(std::move(conv)), norm_(std::move(norm)) {}

torch::Tensor ConvNorm::operator()(const torch::Tensor& x) const {
  if (fused_) return fused_->of(x, Activation::none);
  const torch::Tensor y = backward_overruns(*conv_, x) ? convolution_of_used_pixels(*conv_, x) : conv_(x);
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
