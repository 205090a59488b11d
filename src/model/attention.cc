#include "interprior/model/attention.h"

#include <ATen/ops/scaled_dot_product_attention.h>

#include "interprior/base/error.h"
#include "interprior/base/shape.h"

namespace interprior {

AttentionImpl::AttentionImpl(int64_t width, int64_t heads)
    : heads_(heads),
      query_(register_module("query", torch::nn::Linear(width, width))),
      key_(register_module("key", torch::nn::Linear(width, width))),
      value_(register_module("value", torch::nn::Linear(width, width))),
      output_(register_module("output", torch::nn::Linear(width, width))) {
  require(heads > 0 && width % heads == 0,
          c10::str("the token width ", width, " is not divisible by ", heads, " attention heads"), "",
          "choose heads that divide the width");
}

torch::Tensor AttentionImpl::forward(const torch::Tensor& queries, const torch::Tensor& context) {
  const auto per_head = [this](const torch::Tensor& x) { return x.unflatten(-1, {heads_, -1}).transpose(1, 2); };
  const torch::Tensor attended =
      at::scaled_dot_product_attention(per_head(query_(queries)), per_head(key_(context)), per_head(value_(context)));
  return output_(attended.transpose(1, 2).flatten(2));
}

void AttentionImpl::fuse() {
  for (LinearLayer* layer : {&query_, &key_, &value_, &output_}) layer->fuse();
}

TransformerBlockImpl::TransformerBlockImpl(int64_t width, int64_t heads)
    : attention_norm_(register_module("attention_norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({width})))),
      attention_(register_module("attention", Attention(width, heads))),
      mlp_norm_(register_module("mlp_norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({width})))),
      expand_(register_module("expand", torch::nn::Linear(width, 4 * width))),
      contract_(register_module("contract", torch::nn::Linear(4 * width, width))) {}

torch::Tensor TransformerBlockImpl::forward(torch::Tensor tokens) {
  const torch::Tensor normed = attention_norm_(tokens);
  tokens = tokens + attention_(normed, normed);
  return tokens + contract_(torch::gelu(expand_(mlp_norm_(tokens))));
}

void TransformerBlockImpl::fuse() {
  attention_->fuse();
  expand_.fuse();
  contract_.fuse();
}

}  // namespace interprior
