#include "validation_images.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include <opencv2/core.hpp>

#include "interprior/render/image_files/image_file.h"
#include "interprior/render/overlay.h"

namespace interprior {
namespace {

constexpr int64_t kJoints = 21;

// Values for drawing: non-finite ones, as of an untrained network, become 0.
torch::Tensor on_cpu(const torch::Tensor& tensor) {
  return tensor.detach().to(torch::kCPU, torch::kFloat32).nan_to_num(0, 0, 0).contiguous();
}

cv::Mat crop_of(const ImageBatch& batch, int64_t row) {
  const torch::Tensor rgb = batch.image[row].permute({1, 2, 0}).to(torch::kCPU).contiguous();
  return cv::Mat(static_cast<int>(rgb.size(0)), static_cast<int>(rgb.size(1)), CV_8UC3, rgb.data_ptr()).clone();
}

// Right H, left H, right M, left M; without H if there is none.
torch::Tensor summary(const torch::Tensor& iah, const torch::Tensor& mask) {
  if (iah.size(0) < 2 * kJoints) return on_cpu(mask);
  const torch::Tensor strongest = torch::stack({iah.slice(0, 0, kJoints).amax(0), iah.slice(0, kJoints, 2 * kJoints).amax(0)});
  return torch::cat({on_cpu(strongest), on_cpu(mask)}).clamp(0, 1);
}

EventImage event_image(const cv::Mat& rgb) { return {rgb.cols, rgb.rows, png_bytes(rgb)}; }

}  // namespace

std::map<std::string, EventImage> validation_images(const ImageBatch& batch, const Features& prediction,
                                                    const SamplerTruth& truth, int64_t most) {
  std::map<std::string, EventImage> images;
  for (int64_t row = 0; row < std::min(most, batch.size()); ++row) {
    const cv::Mat crop = crop_of(batch, row);
    const auto maps_of = [&](const torch::Tensor& iah, const torch::Tensor& mask) {
      return draw_heatmaps(summary(iah, mask), 4, crop);
    };
    const std::string tag = c10::str("samples/", row);
    const cv::Mat predicted_maps = maps_of(prediction.iah[row], prediction.mask[row]),
                  true_maps = maps_of(truth.heatmap.maps[row], truth.mask[row]);
    images[tag] = event_image(stacked({beside({crop, predicted_maps}), beside({crop, true_maps})}));
    if (row == 0 && prediction.iah.size(1) >= 2 * kJoints)
      images["samples/H"] = event_image(draw_heatmaps(on_cpu(prediction.iah[row]).clamp(0, 1), 7, crop));
  }
  return images;
}

}  // namespace interprior
