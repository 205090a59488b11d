#include "interprior/objective/cue_error.h"

#include <torch/types.h>

namespace interprior {

torch::Tensor heatmap_peaks(const torch::Tensor& maps, int64_t crop_size) {
  const int64_t grid = maps.size(3);
  const double stride = static_cast<double>(crop_size) / static_cast<double>(grid);
  const torch::Tensor index = maps.flatten(2).argmax(2);
  const torch::Tensor on_grid = torch::stack({index % grid, index.div(grid, "floor")}, 2).to(torch::kFloat32);
  return (on_grid + 0.5) * stride - 0.5;
}

void CueError::add(const Features& features, const SamplerTruth& truth, int64_t crop_size) {
  const torch::NoGradGuard no_grad;
  if (features.iah.size(1) == truth.joints_in_image.size(1)) {
    const torch::Tensor distance = (heatmap_peaks(features.iah, crop_size) - truth.joints_in_image).norm(2, 2);
    const torch::Tensor measured = truth.heatmap.has_loss & (truth.heatmap.maps.amax({2, 3}) > 0);
    peak_px += distance.masked_select(measured).sum().item<double>();
    joints += static_cast<double>(measured.sum().item<int64_t>());
  }
  const torch::Tensor prediction = features.mask > 0.5, real = truth.mask > 0.5;
  const torch::Tensor either = (prediction | real).sum({2, 3}), both = (prediction & real).sum({2, 3});
  const torch::Tensor measured = real.any(3).any(2) & truth.mask_valid.unsqueeze(1);
  mask_iou += (both.to(torch::kFloat64) / either.clamp_min(1)).masked_select(measured).sum().item<double>();
  masks += static_cast<double>(measured.sum().item<int64_t>());
}

}  // namespace interprior
