#pragma once
#include <opencv2/core.hpp>

#include "interprior/data/images/image_dataset.h"
#include "interprior/hand/mano_layer.h"
#include "interprior/objective/adjacency_heatmap.h"

namespace interprior {

// Network input and targets of one sample under one random seed: the photograph with its annotated box (yellow) and the outline
// of the crop (white; a square in the crop camera) | the crop | its joints | its masks (right warm, left cool) | the maximum of
// each hand's H maps. Throws Error as the data set does.
cv::Mat draw_training_sample(const ImageDataset& data, int64_t index, Seed seed, const TwoHands& hands);

}  // namespace interprior
