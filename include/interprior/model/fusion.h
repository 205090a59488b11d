#pragma once
#include <torch/nn/module.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/normalization.h>
#include <torch/nn/pimpl.h>

#include "interprior/model/attention.h"
#include "interprior/model/extraction.h"

namespace interprior {

enum class FusionKind { vit, mean };
template <>
struct EnumNames<FusionKind> {
  static std::vector<std::pair<FusionKind, std::string>> table() {
    return {{FusionKind::vit, "vit"}, {FusionKind::mean, "mean"}};
  }
};

struct FusionConfig {
  FusionKind kind = FusionKind::vit;
  int64_t patch = 8, depth = 6, width = 384, heads = 6;
  bool features = true, iah = true, mask = true;
  void describe(Fields& fields) {
    fields("kind", kind, "vit: attention between patches; mean: S averaged over the map (ablation)");
    fields("patch", patch, "side of a patch on the map of S", {1, 64});
    fields("depth", depth, "attention blocks N_attn", {0, 64});
    fields("width", width, "token width D", {1, 8192});
    fields("heads", heads, "attention heads", {1, 128});
    fields("features", features, "F is part of S");
    fields("iah", iah, "H is part of S");
    fields("mask", mask, "M is part of S");
  }
  void check() const;  // S must have at least one part; heads divides width
};

// Figure (b): S = concat(F, H, M) -> tokens X (B,N,D) by a pre-norm vision transformer.
class FusionImpl : public torch::nn::Module {
 public:
  FusionImpl(const FusionConfig& config, int64_t feature_channels, int64_t heatmap_channels, int64_t grid);
  torch::Tensor forward(const Features& features);
  // S (B,channels,G,G): those of F, H and M that are switched on. An undefined F is left out, which acts like F = 0.
  torch::Tensor stack(const Features& features) const;
  int64_t feature_channels() const { return feature_channels_; }  // of F, the first ones of S; 0 if F is off
  int64_t channels() const { return channels_; }                  // of S
  // Zeroes the weights of F, so that a model trained without images gives the same output once F is added.
  void start_without_features();
  // Packs the weights for inference on a CPU; training afterwards has no effect on the output. bf16: those of the embedding
  // alone, for calls under Autocast.
  void fuse(torch::Dtype dtype = torch::kFloat32);

 private:
  FusionConfig config_;
  int64_t feature_channels_, channels_;
  torch::nn::Conv2d embedding_;
  std::optional<ConvNorm> fused_embedding_;
  torch::Tensor position_;  // (1,N,D)
  torch::nn::ModuleList blocks_;
  torch::nn::LayerNorm norm_;
};
TORCH_MODULE(Fusion);

}  // namespace interprior
