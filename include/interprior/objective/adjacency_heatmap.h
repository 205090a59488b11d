#pragma once
#include <torch/types.h>

#include "interprior/model/heatmap_config.h"

namespace interprior {

// Joints of both hands: right 0-20, left 21-41.
struct HeatmapJoints {
  torch::Tensor in_image;   // (B,42,2), pixels of the crop
  torch::Tensor in_camera;  // (B,42,3) m; only used by neighbourhood `space`
  torch::Tensor valid;      // (B,42): labelled
  torch::Tensor visible;    // (B,42), only used by kind `visible_all`; undefined: all
};

// Targets H (B,C,G,G) of C maps of G x G cells and their loss mask (B,C) bool, computed in batches on the tensors' device. The
// formula is in docs/method.md, Heatmaps. Map coordinate = (u + 0.5) / stride - 0.5, stride = crop_size / grid. A joint outside
// the crop has an empty map with loss; an unlabelled joint has no loss; neither belongs to a neighbourhood.
struct HeatmapTarget {
  torch::Tensor maps, has_loss;
};
HeatmapTarget heatmap_target(const HeatmapConfig& config, const HeatmapJoints& joints, int64_t crop_size, int64_t grid);

}  // namespace interprior
