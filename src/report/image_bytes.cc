#include "image_bytes.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace interprior {
namespace {

constexpr int kQuality = 80, kLeastWidth = 64;
constexpr double kStep = 0.85;  // of the width, until the image is small enough

cv::Mat decoded(const std::string& image) {
  try {
    return cv::imdecode(std::vector<uchar>(image.begin(), image.end()), cv::IMREAD_COLOR);
  } catch (const cv::Exception&) {  // larger than OpenCV reads
    return {};
  }
}

}  // namespace

std::string smaller_image(const std::string& image, size_t most) {
  if (image.size() <= most) return image;
  const cv::Mat whole = decoded(image);
  if (whole.empty()) return image;
  std::vector<uchar> jpeg;
  double scale = 1;
  do {
    cv::Mat scaled;
    cv::resize(whole, scaled,
               {std::max(1, static_cast<int>(std::lround(whole.cols * scale))),
                std::max(1, static_cast<int>(std::lround(whole.rows * scale)))},
               0, 0, cv::INTER_AREA);
    cv::imencode(".jpg", scaled, jpeg, {cv::IMWRITE_JPEG_QUALITY, kQuality});
    scale *= kStep;
  } while (jpeg.size() > most && whole.cols * scale >= kLeastWidth);
  return {jpeg.begin(), jpeg.end()};
}

double aspect_of(const std::string& image) {
  const cv::Mat whole = decoded(image);
  return whole.empty() ? 1 : static_cast<double>(whole.cols) / whole.rows;
}

}  // namespace interprior
