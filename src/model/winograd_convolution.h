#pragma once
#include <map>
#include <mutex>

#include "model/onednn_convolution.h"

namespace interprior {

// A 3x3 convolution with stride 1 and padding 1 by Winograd's F(4x4, 3x3) (Lavin and Gray, CVPR 2016): tiles of 4x4 outputs are
// computed from 6x6 inputs with 36 products per pair of channels instead of 144. fp32 on a CPU, activations in channels-last,
// without gradients. The result differs from that of the direct sum by rounding errors that are about ten times as large, and
// depends on the CPU's instructions. The transformed weights take 4 times the memory of the weights, for each number of tiles
// (16, 32, 48 or 64) that they are multiplied with together.
class WinogradConvolution {
 public:
  // Whether weights (K,C,3,3) of a convolution of this shape are supported.
  static bool supports(const torch::Tensor& weight, const ConvolutionShape& shape);
  // Whether inputs (N,C,H,W) have so many tiles that it is faster than the direct sum in `dtype`.
  static bool is_faster(const torch::Tensor& x, torch::Dtype dtype);

  // weight (K,C,3,3), bias (K), fp32.
  WinogradConvolution(torch::Tensor weight, const torch::Tensor& bias);

  // x (N,C,H,W), other (N,K,H,W) or undefined: conv(x) + other, then the activation. Throws c10::Error on other shapes or
  // layouts.
  torch::Tensor operator()(const torch::Tensor& x, const torch::Tensor& other, Activation activation) const;

 private:
  // Transformed weights (36 K,C,1,1) in oneDNN's layout for products of this number of tiles.
  torch::Tensor packed_for(int64_t tiles) const;

  torch::Tensor weight_, bias_, no_bias_;  // no_bias_ (36 K)
  ConvolutionShape products_;              // of the 36 products as one convolution in groups
  int64_t channels_, outputs_;
  mutable std::mutex mutex_;
  mutable std::map<int64_t, torch::Tensor> packed_;
};

}  // namespace interprior
