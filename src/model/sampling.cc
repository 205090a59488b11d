#include "interprior/model/sampling.h"

#include <ATen/ops/grid_sampler.h>

#include <cmath>

#include "interprior/base/full_precision.h"
#include "interprior/base/shape.h"
#include "interprior/geometry/rotation.h"

namespace interprior {
namespace {

// Features per query before all queries are concatenated.
constexpr int64_t kQueryWidth = 32;
// s of two hands that fill a crop (a cube of about 0.25 m); the predicted scale is relative to this value.
constexpr double kUsualScale = 7.0;
// Right wrist 6D, rotation log-variance, s tx ty, left wrist 6D.
constexpr int64_t kViewSize = 6 + 3 + 3 + 6;

int64_t query_count(QueryKind kind) { return kind == QueryKind::pooled ? 1 : 42; }
// Extra inputs of a located query: x, y, height of its map.
int64_t place_size(QueryKind kind) { return kind == QueryKind::located ? 3 : 0; }

// Location of each map (B,J,G,G): x and y in half crops from the centre, and peak height (B,J,3). The fourth power makes a map's
// own joint outweigh its neighbours and the background; an empty map gives the centre and height 0.
torch::Tensor places_of(const torch::Tensor& maps) {
  const FullPrecision full_precision;
  const torch::Tensor seen = maps.to(torch::kFloat32).clamp_min(0), weights = seen.square().square();
  const int64_t grid = maps.size(3);
  const torch::Tensor cell = (2 * torch::arange(grid, weights.options()) + 1) / grid - 1;
  const torch::Tensor mass = weights.sum({2, 3}) + 1e-6;
  const torch::Tensor x = torch::matmul(weights.sum(2), cell) / mass, y = torch::matmul(weights.sum(3), cell) / mass;
  return torch::stack({x, y, seen.amax({2, 3})}, 2);
}

// Tokens (B,N,D) of a square grid sampled at places (B,J,2): (B,J,D), bilinear, clamped to the border.
torch::Tensor tokens_at(const torch::Tensor& tokens, const torch::Tensor& places) {
  constexpr int64_t kBilinear = 0, kBorder = 1;
  const auto side = static_cast<int64_t>(std::lround(std::sqrt(static_cast<double>(tokens.size(1)))));
  const torch::Tensor map = tokens.to(torch::kFloat32).transpose(1, 2).unflatten(2, {side, side});
  return at::grid_sampler(map, places.unsqueeze(1), kBilinear, kBorder, /*align_corners=*/false).squeeze(2).transpose(1, 2);
}

}  // namespace

SamplingImpl::SamplingImpl(const SamplingConfig& config, int64_t token_width, int64_t latent)
    : kind_(config.queries),
      queries_(register_parameter("queries", 0.02 * torch::randn({1, query_count(config.queries), token_width}))),
      query_norm_(register_module("query_norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({token_width})))),
      token_norm_(register_module("token_norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({token_width})))),
      attention_(register_module("attention", Attention(token_width, config.heads))),
      reduce_(register_module("reduce", torch::nn::Linear(token_width + place_size(config.queries),
                                                          config.queries == QueryKind::pooled ? token_width : kQueryWidth))),
      hidden_(register_module(
          "hidden", torch::nn::Linear(config.queries == QueryKind::pooled ? token_width : 42 * kQueryWidth, config.width))),
      z_(register_module("z", torch::nn::Linear(config.width, 2 * latent))),
      view_(register_module("view", torch::nn::Linear(config.width, kViewSize))) {
  // Start near z = 0, the identity rotation and the usual camera, so that the first meshes are hands in front of the camera.
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

Conditional SamplingImpl::forward(const torch::Tensor& tokens, const torch::Tensor& iah) {
  ShapeCheck("Sampling")(tokens, "X", {"B", "N", queries_.size(2)});
  const torch::Tensor context = token_norm_(tokens);
  torch::Tensor queries = query_norm_(queries_).expand({tokens.size(0), -1, -1});
  torch::Tensor places;
  if (kind_ == QueryKind::located) {
    ShapeCheck("Sampling")(iah, "H", {tokens.size(0), 42, "G", "G"});
    places = places_of(iah);
    queries = queries + tokens_at(context, places.slice(2, 0, 2));
  }
  torch::Tensor attended = queries + attention_(queries, context);
  if (places.defined()) attended = torch::cat({attended, places}, 2);
  const torch::Tensor hidden = torch::gelu(hidden_(torch::gelu(reduce_(attended)).flatten(1)));

  // Rotations and Gaussians stay in fp32 under autocast.
  const auto z = z_(hidden).to(torch::kFloat32).chunk(2, 1);
  const auto view = view_(hidden).to(torch::kFloat32).split_with_sizes({6, 3, 3, 6}, 1);
  const torch::Tensor scale = kUsualScale * torch::exp(view[2].slice(1, 0, 1).clamp(-3, 3));
  Conditional conditional;
  conditional.z = {z[0], z[1].clamp(-12, 8)};
  conditional.view.rotation = matrix_from_rot6d(view[0]);
  conditional.view.rotation_log_variance = view[1].clamp(-12, 4);
  conditional.view.camera = torch::cat({scale, view[2].slice(1, 1, 3)}, 1);
  conditional.view.left_rotation = matrix_from_rot6d(view[3]);
  conditional.view.rot6d = torch::stack({view[0], view[3]}, 1);
  return conditional;
}

}  // namespace interprior
