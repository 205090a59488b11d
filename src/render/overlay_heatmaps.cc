#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "interprior/base/error.h"
#include "interprior/base/shape.h"
#include "interprior/render/overlay.h"

namespace interprior {
namespace {

constexpr int kTile = 128;       // px: minimum height and width of a tile
constexpr double kDimmed = 0.4;  // brightness factor of the crop under a heatmap
const cv::Vec3b kNotANumber(255, 0, 255);

cv::Mat colours_of(const cv::Mat& map) {
  cv::Mat bytes, bgr, rgb;
  map.convertTo(bytes, CV_8U, 255);
  cv::applyColorMap(bytes, bgr, cv::COLORMAP_INFERNO);
  cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
  return rgb;
}

// Over a crop, the heatmap's value is also its opacity over the dimmed crop.
cv::Mat tile_of(const cv::Mat& map, const cv::Size& size, const cv::Mat& dimmed) {
  cv::Mat large;
  cv::resize(map, large, size, 0, 0, cv::INTER_LINEAR);
  cv::Mat tile = colours_of(large);
  for (int row = 0; row < tile.rows; ++row) {
    for (int column = 0; column < tile.cols; ++column) {
      const float value = large.at<float>(row, column), share = std::clamp(value, 0.0f, 1.0f);
      cv::Vec3b& pixel = tile.at<cv::Vec3b>(row, column);
      if (std::isnan(value)) {
        pixel = kNotANumber;
      } else if (!dimmed.empty()) {
        const cv::Vec3b& under = dimmed.at<cv::Vec3b>(row, column);
        for (int i = 0; i < 3; ++i) pixel[i] = cv::saturate_cast<uint8_t>(share * pixel[i] + (1 - share) * under[i]);
      }
    }
  }
  return tile;
}

}  // namespace

cv::Mat draw_heatmaps(const torch::Tensor& maps, int64_t columns, const cv::Mat& crop) {
  ShapeCheck check("draw_heatmaps");
  check(maps, "maps", {"N", "h", "w"});
  require(maps.numel() > 0 && columns > 0, "draw_heatmaps: no maps or no columns", "", "give at least one map and one column");
  require(crop.empty() || crop.type() == CV_8UC3, "draw_heatmaps: the crop must be an 8-bit RGB image");
  torch::Tensor values = maps.detach().to(torch::kCPU, torch::kFloat32).contiguous();
  const int height = static_cast<int>(check["h"]), width = static_cast<int>(check["w"]);
  const int factor = std::max(1, (kTile + std::min(height, width) - 1) / std::min(height, width));
  const cv::Size size(width * factor, height * factor);
  cv::Mat dimmed;
  if (!crop.empty()) {
    cv::resize(crop, dimmed, size, 0, 0, crop.cols > size.width ? cv::INTER_AREA : cv::INTER_LINEAR);
    dimmed.convertTo(dimmed, CV_8U, kDimmed);
  }
  std::vector<cv::Mat> rows, row;
  for (int64_t i = 0; i < check["N"]; ++i) {
    const cv::Mat map(height, width, CV_32F, values[i].data_ptr<float>());
    row.push_back(tile_of(map, size, dimmed));
    if (static_cast<int64_t>(row.size()) == columns || i + 1 == check["N"]) {
      rows.push_back(beside(row));
      row.clear();
    }
  }
  return stacked(rows);
}

}  // namespace interprior
