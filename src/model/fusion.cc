#include "interprior/model/fusion.h"

#include <torch/types.h>

#include <cmath>

#include "interprior/base/error.h"
#include "interprior/base/shape.h"

namespace interprior {
namespace {

int64_t fused_channels(const FusionConfig& config, int64_t feature_channels, int64_t heatmap_channels) {
  return (config.features ? feature_channels : 0) + (config.iah ? heatmap_channels : 0) + (config.mask ? 2 : 0);
}

// Initial value of the learned position embedding: sines and cosines of row and column (Vaswani et al. 2017, in two dimensions),
// so that positions are distinguishable from the first step.
torch::Tensor position_start(int64_t side, int64_t width) {
  const torch::Tensor place = torch::arange(side, torch::kFloat32);
  const int64_t waves = (width + 3) / 4;
  const torch::Tensor frequency =
      torch::pow(static_cast<double>(side) * 4, -torch::arange(waves, torch::kFloat32) / waves) * M_PI / 2;
  const torch::Tensor angle = place.unsqueeze(1) * frequency;  // (side, waves)
  const torch::Tensor wave = torch::cat({torch::sin(angle), torch::cos(angle)}, 1);
  const torch::Tensor rows = wave.unsqueeze(1).expand({side, side, -1}), columns = wave.unsqueeze(0).expand({side, side, -1});
  return 0.5 * torch::cat({rows, columns}, 2).slice(2, 0, width).reshape({1, side * side, width});
}

}  // namespace

void FusionConfig::check() const {
  require(features || iah || mask, "S is empty: features, iah and mask are all off", "fusion", "switch at least one of them on");
  require(width % heads == 0, c10::str("width ", width, " is not divisible by ", heads, " heads"), "fusion.heads",
          "choose heads that divide the width");
}

FusionImpl::FusionImpl(const FusionConfig& config, int64_t feature_channels, int64_t heatmap_channels, int64_t grid)
    : config_(config),
      feature_channels_(config.features ? feature_channels : 0),
      channels_(fused_channels(config, feature_channels, heatmap_channels)),
      embedding_(register_module(
          "embedding",
          torch::nn::Conv2d(torch::nn::Conv2dOptions(channels_, config.width, config.kind == FusionKind::vit ? config.patch : 1)
                                .stride(config.kind == FusionKind::vit ? config.patch : 1)))),
      blocks_(register_module("blocks", torch::nn::ModuleList())),
      norm_(register_module("norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({config.width})))) {
  require(channels_ > 0, "S is empty: it consists of heatmaps only, and heatmap.kind is none", "fusion",
          "switch features or mask on, or choose heatmaps");
  if (config.kind == FusionKind::mean) return;
  require(grid % config.patch == 0, c10::str("patches of ", config.patch, " do not tile the ", grid, "x", grid, " map of S"),
          "fusion.patch", "choose a patch that divides image_size / 4");
  const int64_t side = grid / config.patch;
  position_ = register_parameter("position", position_start(side, config.width).clone());
  for (int64_t i = 0; i < config.depth; ++i) blocks_->push_back(TransformerBlock(config.width, config.heads));
}

void FusionImpl::start_without_features() {
  const torch::NoGradGuard no_grad;
  embedding_->weight.slice(1, 0, feature_channels_).zero_();
}

void FusionImpl::fuse(torch::Dtype dtype) {
  fused_embedding_.emplace(embedding_);
  fused_embedding_->fuse(dtype);
  if (dtype != torch::kFloat32) return;  // a packed product would be fp32
  for (const auto& block : *blocks_) block->as<TransformerBlock>()->fuse();
}

torch::Tensor FusionImpl::stack(const Features& features) const {
  ShapeCheck check("Fusion");
  check(features.mask, "M", {"B", 2, "G", "G"});
  if (features.map.defined()) check(features.map, "F", {"B", "channels", "G", "G"});

  std::vector<torch::Tensor> parts;
  if (config_.features && features.map.defined()) parts.push_back(features.map);
  if (config_.iah && features.iah.size(1) > 0) parts.push_back(features.iah);
  if (config_.mask) parts.push_back(features.mask);
  return torch::cat(parts, 1);
}

torch::Tensor FusionImpl::forward(const Features& features) {
  torch::Tensor fused = stack(features);
  if (config_.kind == FusionKind::mean) fused = fused.mean({2, 3}, /*keepdim=*/true);

  // F comes first in S. If F is undefined, its channels are absent and their weights are skipped, which acts like F = 0.
  const torch::Tensor weight = embedding_->weight.slice(1, channels_ - fused.size(1));
  const bool whole = fused_embedding_ && fused.size(1) == channels_;
  const torch::Tensor patches =
      whole ? (*fused_embedding_)(fused) : torch::conv2d(fused, weight, embedding_->bias, embedding_->options.stride());
  torch::Tensor tokens = patches.flatten(2).transpose(1, 2);
  if (position_.defined()) tokens = tokens + position_;
  for (const auto& block : *blocks_) tokens = block->as<TransformerBlock>()->forward(tokens);
  return norm_(tokens);
}

}  // namespace interprior
