#pragma once
#include <torch/types.h>

#include <vector>

namespace interprior {

enum class Activation { none, relu };

// Options of a convolution, as torch::nn::Conv2dOptions has them.
struct ConvolutionShape {
  std::vector<int64_t> padding, stride, dilation;
  int64_t groups = 1;
};

// LibTorch's operations of its compiled mode: a convolution whose bias, sum and activation are one call of oneDNN, on a CPU,
// fp32 or bf16, activations in channels-last, without gradients. Its ReLU of NaN is 0. False where this LibTorch has none.
bool has_onednn_convolution();
// The weight in oneDNN's layout for inputs of these sizes. Another layout is repacked in every call.
torch::Tensor packed_weight(const torch::Tensor& weight, const ConvolutionShape& shape, at::IntArrayRef input);
torch::Tensor onednn_convolution(const torch::Tensor& x, const torch::Tensor& packed, const torch::Tensor& bias,
                                 const ConvolutionShape& shape, Activation activation);
// sum = conv(x) + sum, then the activation, in place.
void add_onednn_convolution(const torch::Tensor& x, torch::Tensor& sum, const torch::Tensor& packed, const torch::Tensor& bias,
                            const ConvolutionShape& shape, Activation activation);

}  // namespace interprior
