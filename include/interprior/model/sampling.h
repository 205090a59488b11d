#pragma once
#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>
#include <torch/nn/pimpl.h>

#include "interprior/model/attention.h"
#include "interprior/model/interaction_prior.h"

namespace interprior {

enum class QueryKind { pooled, joints, located };
template <>
struct EnumNames<QueryKind> {
  static std::vector<std::pair<QueryKind, std::string>> table() {
    return {{QueryKind::pooled, "pooled"}, {QueryKind::joints, "joints"}, {QueryKind::located, "located"}};
  }
};

struct SamplingConfig {
  QueryKind queries = QueryKind::joints;
  int64_t heads = 6, width = 512;
  void describe(Fields& fields) {
    fields("queries", queries,
           "queries that attend to X: pooled, one; joints, 42; located, 42 initialised at the locations of their maps of H");
    fields("heads", heads, "attention heads", {1, 128});
    fields("width", width, "units of the heads for z and the view", {1, 8192});
  }
};

// Figure (c): queries attend to X; small MLPs predict the Gaussian of z given the image, and the view.
class SamplingImpl : public torch::nn::Module {
 public:
  SamplingImpl(const SamplingConfig& config, int64_t token_width, int64_t latent);
  // tokens: X (B,N,D), row-major over the patches; iah: H, (B,42,G,G) for located queries, otherwise unused.
  Conditional forward(const torch::Tensor& tokens, const torch::Tensor& iah);

 private:
  QueryKind kind_;
  torch::Tensor queries_;  // (1,Q,D)
  torch::nn::LayerNorm query_norm_, token_norm_;
  Attention attention_;
  torch::nn::Linear reduce_, hidden_;
  torch::nn::Linear z_, view_;
};
TORCH_MODULE(Sampling);

}  // namespace interprior
