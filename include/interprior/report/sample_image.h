#pragma once
#include <filesystem>
#include <opencv2/core.hpp>
#include <vector>

#include "interprior/experiment/checkpoint_evaluation.h"
#include "interprior/geometry/mesh.h"

namespace interprior {

// One image per row of a batch: crop | ground truth | prediction | both from the side | a few heatmaps H, target and predicted.
// Batch, reconstruction and hands are on one device.
struct DrawnSample {
  cv::Mat image;
  std::vector<NamedMesh> meshes;  // truth/right, truth/left, prediction/right, prediction/left; absent hands are left out
};
std::vector<DrawnSample> draw_samples(const ImageBatch& batch, const Reconstruction& reconstruction, const SamplerConfig& model,
                                      const TwoHands& hands);

// Writes FOLDER/images of the samples with the largest and smallest error (worst_1.jpg ..., best_1.jpg ...), listed for the
// report. Throws Error when one of them is not in the data.
void write_sample_images(const std::filesystem::path& folder, const EvaluatedImages& evaluated, size_t count = 4);

}  // namespace interprior
