#pragma once
#include "interprior/model/sampler.h"
#include "interprior/objective/sampler_loss.h"

namespace interprior {

// Position of the maximum of each map of H (B,C,G,G): (B,C,2) px of the crop, by the inverse of heatmap_target's coordinate.
torch::Tensor heatmap_peaks(const torch::Tensor& maps, int64_t crop_size);

// Interpretable errors of cues, accumulated as sums over batches.
struct CueError {
  double peak_px = 0, joints = 0;  // distance of H's peaks to the joints that lie in the crop, crop px; 42 maps only
  double mask_iou = 0, masks = 0;  // overlap of M at 0.5 with the visible masks that are not empty
  void add(const Features& features, const SamplerTruth& truth, int64_t crop_size);
  double mean_peak_px() const { return joints > 0 ? peak_px / joints : 0; }
  double mean_mask_iou() const { return masks > 0 ? mask_iou / masks : 0; }
};

}  // namespace interprior
