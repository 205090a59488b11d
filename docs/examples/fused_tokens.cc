// Fusion, figure (b) of the paper: features F, heatmaps H and masks M of an image become tokens X, with random weights here.
// Run: ./fused_tokens
#include <torch/types.h>
#include <torch/utils.h>

#include <iostream>

#include "interprior/model/fusion.h"

int main() {
  torch::manual_seed(0);
  const torch::NoGradGuard no_grad;
  interprior::FusionConfig config;
  config.depth = 2;  // attention blocks
  interprior::Fusion fusion(config, /*feature_channels=*/256, /*heatmap_channels=*/42, /*grid=*/64);
  fusion->start_without_features();  // as at the start of image training: F has no influence yet

  interprior::Features features{
      torch::randn({1, 256, 64, 64}), torch::rand({1, 42, 64, 64}), torch::rand({1, 2, 64, 64}), {}, {}};
  const torch::Tensor tokens = fusion(features);
  features.map = torch::randn({1, 256, 64, 64});
  const torch::Tensor other_features = fusion(features);
  features.iah = torch::rand({1, 42, 64, 64});
  const torch::Tensor other_heatmaps = fusion(features);
  std::cout << "tokens " << tokens.sizes() << ", change by F " << (other_features - tokens).abs().max().item<double>()
            << ", by H " << (other_heatmaps - tokens).abs().max().item<double>() << "\n";
  return 0;
}
