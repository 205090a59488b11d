#pragma once
#include <filesystem>
#include <opencv2/core.hpp>
#include <vector>

#include "interprior/data/images/image_dataset.h"
#include "interprior/evaluation/metrics.h"
#include "interprior/model/sampler.h"

namespace interprior {

// One picture per row of a batch: crop | truth | prediction | both from the side | a few maps of H, target and predicted.
// Batch, reconstruction and hands are on one device.
std::vector<cv::Mat> draw_samples(const ImageBatch& batch, const Reconstruction& reconstruction, const SamplerConfig& model,
                                  const TwoHands& hands);

// FOLDER/pictures: the worst samples and the best (worst_1.jpg .. best_1.jpg ..), listed for the report. Throws Error when one of
// them is not in the data.
void write_sample_pictures(const std::filesystem::path& folder, Sampler network, const TwoHands& hands, const ImageDataset& data,
                           const Metrics& metrics, torch::Device device, size_t count = 4);

}  // namespace interprior
