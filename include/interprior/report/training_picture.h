#pragma once
#include <opencv2/core.hpp>

#include "interprior/data/images/image_dataset.h"
#include "interprior/hand/mano_layer.h"
#include "interprior/objective/adjacency_heatmap.h"

namespace interprior {

// What the network is given of one sample under one seed, and where it comes from: the photograph with its annotated box (yellow)
// and the crop's outline (white; a square seen through the crop's own camera) | the crop | its joints | its masks (right warm,
// left cool) | the largest of each hand's H maps. Throws Error as the data set does.
cv::Mat draw_training_sample(const ImageDataset& data, int64_t index, Seed seed, const TwoHands& hands);

}  // namespace interprior
