#include "interprior/model/residual_mlp.h"

#include <torch/nn/functional/activation.h>

namespace interprior {

ResidualBlockImpl::ResidualBlockImpl(int64_t width)
    : norm_(register_module("norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({width})))),
      expand_(register_module("expand", torch::nn::Linear(width, width))),
      contract_(register_module("contract", torch::nn::Linear(width, width))) {}

torch::Tensor ResidualBlockImpl::forward(const torch::Tensor& x) { return x + contract_(torch::silu(expand_(norm_(x)))); }

WithTangents ResidualBlockImpl::with_tangents(const WithTangents& x) {
  const WithTangents moved = linear(contract_, silu(linear(expand_, layer_norm(norm_, x))));
  return {x.value + moved.value, x.tangents + moved.tangents};
}

ResidualMlpImpl::ResidualMlpImpl(int64_t input, int64_t width, int64_t depth, int64_t output)
    : input_(register_module("input", torch::nn::Linear(input, width))),
      blocks_(register_module("blocks", torch::nn::ModuleList())),
      norm_(register_module("norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({width})))),
      output_(register_module("output", torch::nn::Linear(width, output))) {
  for (int64_t i = 0; i < depth; ++i) blocks_->push_back(ResidualBlock(width));
}

torch::Tensor ResidualMlpImpl::forward(const torch::Tensor& x) {
  torch::Tensor hidden = input_(x);
  for (const auto& block : *blocks_) hidden = block->as<ResidualBlock>()->forward(hidden);
  return output_(torch::silu(norm_(hidden)));
}

WithTangents ResidualMlpImpl::with_tangents(const WithTangents& x) {
  WithTangents hidden = linear(input_, x);
  for (const auto& block : *blocks_) hidden = block->as<ResidualBlock>()->with_tangents(hidden);
  return linear(output_, silu(layer_norm(norm_, hidden)));
}

}  // namespace interprior
