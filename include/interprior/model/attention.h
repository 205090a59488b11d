#pragma once
#include <torch/nn/module.h>
#include <torch/nn/modules/normalization.h>
#include <torch/nn/pimpl.h>

#include "interprior/model/linear_layer.h"

namespace interprior {

// Multi-head attention of queries (B,Q,D) to a context (B,N,D), on scaled_dot_product_attention.
class AttentionImpl : public torch::nn::Module {
 public:
  AttentionImpl(int64_t width, int64_t heads);  // throws Error unless heads divides width
  torch::Tensor forward(const torch::Tensor& queries, const torch::Tensor& context);
  void fuse();  // LinearLayer::fuse

 private:
  int64_t heads_;
  LinearLayer query_, key_, value_, output_;
};
TORCH_MODULE(Attention);

// Pre-norm block: x + attention(norm(x)); x + mlp(norm(x)), the MLP four times as wide, GELU.
class TransformerBlockImpl : public torch::nn::Module {
 public:
  TransformerBlockImpl(int64_t width, int64_t heads);
  torch::Tensor forward(torch::Tensor tokens);
  void fuse();  // LinearLayer::fuse

 private:
  torch::nn::LayerNorm attention_norm_;
  Attention attention_;
  torch::nn::LayerNorm mlp_norm_;
  LinearLayer expand_, contract_;
};
TORCH_MODULE(TransformerBlock);

}  // namespace interprior
