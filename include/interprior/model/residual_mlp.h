#pragma once
#include <torch/nn/module.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>
#include <torch/nn/pimpl.h>

#include "interprior/model/tangents.h"

namespace interprior {

// x + contract(silu(expand(norm(x)))).
class ResidualBlockImpl : public torch::nn::Module {
 public:
  explicit ResidualBlockImpl(int64_t width);
  torch::Tensor forward(const torch::Tensor& x);
  WithTangents with_tangents(const WithTangents& x);

 private:
  torch::nn::LayerNorm norm_;
  torch::nn::Linear expand_, contract_;
};
TORCH_MODULE(ResidualBlock);

// input -> width, `depth` residual blocks, norm, width -> output.
class ResidualMlpImpl : public torch::nn::Module {
 public:
  ResidualMlpImpl(int64_t input, int64_t width, int64_t depth, int64_t output);
  torch::Tensor forward(const torch::Tensor& x);
  WithTangents with_tangents(const WithTangents& x);

 private:
  torch::nn::Linear input_;
  torch::nn::ModuleList blocks_;
  torch::nn::LayerNorm norm_;
  torch::nn::Linear output_;
};
TORCH_MODULE(ResidualMlp);

}  // namespace interprior
