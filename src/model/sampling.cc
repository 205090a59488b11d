#include "interprior/model/sampling.h"

#include "interprior/base/shape.h"
#include "interprior/geometry/rotation.h"

namespace interprior {
namespace {

// Each query keeps this many numbers before all of them meet in one vector.
constexpr int64_t kQueryWidth = 32;
// s of two hands that fill a crop (a cube of about 0.25 m): the camera is predicted relative to it.
constexpr double kUsualScale = 7.0;
// Right wrist 6D, spread, s tx ty, left wrist 6D.
constexpr int64_t kViewSize = 6 + 3 + 3 + 6;

int64_t query_count(QueryKind kind) { return kind == QueryKind::pooled ? 1 : 42; }

}  // namespace

SamplingImpl::SamplingImpl(const SamplingConfig& config, int64_t token_width, int64_t latent)
    : queries_(register_parameter("queries", 0.02 * torch::randn({1, query_count(config.queries), token_width}))),
      query_norm_(register_module("query_norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({token_width})))),
      token_norm_(register_module("token_norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({token_width})))),
      attention_(register_module("attention", Attention(token_width, config.heads))),
      reduce_(register_module("reduce",
                              torch::nn::Linear(token_width, config.queries == QueryKind::pooled ? token_width : kQueryWidth))),
      hidden_(register_module(
          "hidden", torch::nn::Linear(config.queries == QueryKind::pooled ? token_width : 42 * kQueryWidth, config.width))),
      z_(register_module("z", torch::nn::Linear(config.width, 2 * latent))),
      view_(register_module("view", torch::nn::Linear(config.width, kViewSize))) {
  // Start near z = 0, the identity rotation and the usual camera, so that the first meshes are hands in front of the lens.
  torch::NoGradGuard no_grad;
  z_->weight.mul_(0.1);
  z_->bias.zero_();
  view_->weight.mul_(0.1);
  view_->bias.zero_();
  for (const int64_t first : {int64_t{0}, int64_t{12}}) {
    view_->bias[first] = 1.0;
    view_->bias[first + 4] = 1.0;
  }
}

Conditional SamplingImpl::forward(const torch::Tensor& tokens) {
  ShapeCheck("Sampling")(tokens, "X", {"B", "N", queries_.size(2)});
  const torch::Tensor queries = query_norm_(queries_).expand({tokens.size(0), -1, -1});
  const torch::Tensor attended = queries + attention_(queries, token_norm_(tokens));
  const torch::Tensor hidden = torch::gelu(hidden_(torch::gelu(reduce_(attended)).flatten(1)));

  // Rotations and Gaussians stay in fp32 under autocast.
  const auto z = z_(hidden).to(torch::kFloat32).chunk(2, 1);
  const auto view = view_(hidden).to(torch::kFloat32).split_with_sizes({6, 3, 3, 6}, 1);
  const torch::Tensor scale = kUsualScale * torch::exp(view[2].slice(1, 0, 1).clamp(-3, 3));
  Conditional conditional;
  conditional.z = {z[0], z[1].clamp(-12, 8)};
  conditional.view.rotation = matrix_from_six(view[0]);
  conditional.view.spread = view[1].clamp(-12, 4);
  conditional.view.camera = torch::cat({scale, view[2].slice(1, 1, 3)}, 1);
  conditional.view.left_rotation = matrix_from_six(view[3]);
  conditional.view.six = torch::stack({view[0], view[3]}, 1);
  return conditional;
}

}  // namespace interprior
