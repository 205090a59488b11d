#pragma once
#include <opencv2/core.hpp>

#include "interprior/data/images/image_batch.h"
#include "interprior/hand/mano_layer.h"

namespace interprior {

// Target heatmaps H of one sample for each kind (docs/method.md, Heatmaps): one column per kind (one joint, all visible joints,
// IAH with each neighbourhood and kernel), one row per joint, the crop in the first column. `sample`: a batch of one, both hands
// with MANO. Throws Error.
cv::Mat draw_heatmap_kinds(const ImageBatch& sample, const TwoHands& hands);

}  // namespace interprior
