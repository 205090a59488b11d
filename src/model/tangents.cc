#include "interprior/model/tangents.h"

#include <torch/types.h>

namespace interprior {

WithTangents linear(const torch::nn::Linear& layer, const WithTangents& x) {
  return {torch::addmm(layer->bias, x.value, layer->weight.t()), torch::matmul(x.tangents, layer->weight.t())};
}

WithTangents layer_norm(const torch::nn::LayerNorm& layer, const WithTangents& x) {
  const torch::Tensor centred = x.value - x.value.mean(1, true);
  const torch::Tensor stddev = torch::sqrt(centred.square().mean(1, true) + layer->options.eps());
  const torch::Tensor normalised = centred / stddev;
  const torch::Tensor along =
      torch::matmul(x.tangents, normalised.unsqueeze(2)) / static_cast<double>(x.value.size(1));  // (B,K,1)
  const torch::Tensor moves = (x.tangents - x.tangents.mean(2, true)).sub_(along * normalised.unsqueeze(1));
  return {normalised * layer->weight + layer->bias, moves.mul_((layer->weight / stddev).unsqueeze(1))};
}

WithTangents silu(const WithTangents& x) {
  const torch::Tensor gate = torch::sigmoid(x.value);
  return {x.value * gate, x.tangents * (gate * (1 + x.value * (1 - gate))).unsqueeze(1)};
}

}  // namespace interprior
