#pragma once
#include <torch/types.h>

#include "interprior/model/heatmap_config.h"

namespace interprior {

// Targets H (B,C,G,G) and their loss mask (B,C) bool, computed in batches on the tensors' device.
// joints_in_image (B,42,2): pixels of the crop (right 0-20, left 21-41); valid (B,42): labelled; joints_in_camera (B,42,3) m is
// used by neighbourhood `space`; visible (B,42) by `visible_all` (undefined: all). Map coordinate = (u + 0.5) / stride - 0.5,
// stride = crop_size / grid. A joint outside the crop has an empty map with loss; an unlabelled joint has no loss; neither
// belongs to a neighbourhood.
struct HeatmapTarget {
  torch::Tensor maps, has_loss;
};
HeatmapTarget heatmap_target(const HeatmapConfig& config, const torch::Tensor& joints_in_image,
                             const torch::Tensor& joints_in_camera, const torch::Tensor& valid, const torch::Tensor& visible,
                             int64_t crop_size, int64_t grid);

}  // namespace interprior
