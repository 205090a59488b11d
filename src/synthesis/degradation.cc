#include "degradation.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "interprior/data/picture.h"
#include "smooth_noise.h"

namespace interprior {
namespace {

constexpr int kPlainQuality = 92;
constexpr double kLeastBlur = 0.35;  // px: less changes nothing

// A line of weights through the middle, as long as the camera moved while its shutter was open.
cv::Mat motion_kernel(double length, double angle) {
  const int half = static_cast<int>(std::ceil(length / 2)), size = 2 * half + 1, steps = 8 * size;
  cv::Mat kernel = cv::Mat::zeros(size, size, CV_32F);
  for (int i = 0; i <= steps; ++i) {
    const double along = length * (static_cast<double>(i) / steps - 0.5), x = half + along * std::cos(angle),
                 y = half + along * std::sin(angle);
    const int left = std::clamp(static_cast<int>(x), 0, size - 2), top = std::clamp(static_cast<int>(y), 0, size - 2);
    const auto right_share = static_cast<float>(x - left), low_share = static_cast<float>(y - top);
    kernel.at<float>(top, left) += (1 - right_share) * (1 - low_share);
    kernel.at<float>(top, left + 1) += right_share * (1 - low_share);
    kernel.at<float>(top + 1, left) += (1 - right_share) * low_share;
    kernel.at<float>(top + 1, left + 1) += right_share * low_share;
  }
  return kernel / cv::sum(kernel)[0];
}

void blur(cv::Mat& picture, const VarietyConfig& variety, Seed seed) {
  const double longer = std::max(picture.cols, picture.rows);
  Random lens(seed.derive("defocus"));
  const double share = lens.uniform(0.2, 1), sigma = 0.004 * longer * variety.defocus * share * share;
  if (sigma > kLeastBlur) cv::GaussianBlur(picture, picture, {}, sigma);
  Random shake(seed.derive("motion blur"));
  const bool moving = shake.chance(0.5);
  const double length = 0.03 * longer * variety.motion_blur * shake.uniform(0.1, 1), angle = shake.uniform(0, std::numbers::pi);
  if (moving && length > 2 * kLeastBlur)
    cv::filter2D(picture, picture, -1, motion_kernel(length, angle), {-1, -1}, 0, cv::BORDER_REPLICATE);
}

// What a value becomes by exposure and white balance, and the noise it then has, in 1/16 of a grey level.
struct Response {
  std::array<std::array<uint8_t, 256>, 3> value;
  std::array<int, 256> deviation;
};

Response draw_response(const VarietyConfig& variety, Seed seed) {
  Response response;
  Random light(seed.derive("exposure"));
  const double gain = std::exp(variety.exposure * 0.16 * light.normal()), warm = variety.exposure * 0.08 * light.normal(),
               green = variety.exposure * 0.03 * light.normal(), black = variety.exposure * 10 * std::max(0.0, light.normal());
  const std::array<double, 3> gains = {gain * (1 + warm), gain * (1 + green), gain * (1 - warm)};
  for (size_t k = 0; k < 3; ++k)
    for (size_t v = 0; v < 256; ++v)
      response.value[k][v] = cv::saturate_cast<uint8_t>(black + (255 - black) / 255 * gains[k] * static_cast<double>(v));
  Random sensor(seed.derive("noise"));
  const double grade = variety.noise * std::pow(sensor.uniform(), 2), shot = 8 * grade, read = 4 * grade;
  for (size_t v = 0; v < 256; ++v)
    response.deviation[v] =
        static_cast<int>(std::lround(16 * std::sqrt(shot * shot * static_cast<double>(v) / 255 + read * read)));
  return response;
}

void respond(cv::Mat& picture, const Response& response, Random& random) {
  const bool noisy = response.deviation[255] > 0;
  for (int y = 0; y < picture.rows; ++y) {
    uint8_t* line = picture.ptr<uint8_t>(y);
    QuickNormals normals(random);  // each row takes a run of its own
    for (int x = 0; x < picture.cols; ++x, line += 3)
      for (size_t k = 0; k < 3; ++k) {
        int value = response.value[k][line[k]];
        if (noisy) value += (response.deviation[static_cast<size_t>(value)] * normals.scaled() + 2048) >> 12;
        line[k] = static_cast<uint8_t>(std::clamp(value, 0, 255));
      }
  }
}

}  // namespace

cv::Mat degraded(cv::Mat picture, const VarietyConfig& variety, Seed seed) {
  blur(picture, variety, seed);
  if (variety.exposure > 0 || variety.noise > 0) {
    Random random(seed.derive("grain"));
    respond(picture, draw_response(variety, seed), random);
  }
  return picture;
}

int draw_jpeg_quality(const VarietyConfig& variety, Seed seed) {
  Random random(seed.derive("jpeg"));
  const double share = random.uniform(), target = 30 + 68 * std::sqrt(share);  // rather good than bad
  return static_cast<int>(std::lround(kPlainQuality + variety.jpeg * (target - kPlainQuality)));
}

cv::Mat compressed(const cv::Mat& picture, int quality) {
  return decode_picture(encode_jpeg(picture, quality), "a synthetic picture");
}

}  // namespace interprior
