#pragma once
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>
#include <torch/types.h>

namespace interprior {

// Rows x (B,N) and K tangents (B,K,N) of each row. The functions below propagate both through a network: forward-mode
// differentiation (Griewank & Walther 2008, ch. 3) that computes x once for all directions. No autograd.
struct WithTangents {
  torch::Tensor value;     // (B,N)
  torch::Tensor tangents;  // (B,K,N)
};

WithTangents linear(const torch::nn::Linear& layer, const WithTangents& x);
WithTangents layer_norm(const torch::nn::LayerNorm& layer, const WithTangents& x);
WithTangents silu(const WithTangents& x);

}  // namespace interprior
