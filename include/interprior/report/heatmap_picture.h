#pragma once
#include <opencv2/core.hpp>

#include "interprior/data/images/image_batch.h"
#include "interprior/hand/mano_layer.h"

namespace interprior {

// What the H maps of one sample may be asked to show (docs/method.md, Heatmaps), side by side: a column a kind (one joint, all
// visible joints, IAH with each neighbourhood and kernel), a row a joint, the crop before them. `sample`: a batch of one, both
// hands with MANO. Throws Error.
cv::Mat draw_heatmap_kinds(const ImageBatch& sample, const TwoHands& hands);

}  // namespace interprior
