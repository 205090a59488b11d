#include "degradation.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "interprior/base/wide_loops.h"
#include "interprior/data/images/image.h"
#include "smooth_noise.h"

namespace interprior {
namespace {

constexpr int kPlainQuality = 92;
constexpr double kMinBlur = 0.35;  // px; smaller blurs have no effect

// Motion-blur kernel: an anti-aliased line through the centre. Each column (each row of a steep line) has two weights that share
// the line's length within it.
cv::Mat motion_kernel(double length, double angle) {
  const double x = std::cos(angle), y = std::sin(angle);
  const bool steep = std::abs(y) > std::abs(x);
  const double extent = 0.5 * length * (steep ? std::abs(y) : std::abs(x)), slope = steep ? x / y : y / x;
  const int half = static_cast<int>(std::ceil(extent));
  cv::Mat kernel = cv::Mat::zeros(2 * half + 1, 2 * half + 1, CV_32F);
  for (int i = -half; i <= half; ++i) {
    const double part = std::min(i + 0.5, extent) - std::max(i - 0.5, -extent), across = half + slope * i;
    if (part <= 0) continue;
    const int below = std::clamp(static_cast<int>(across), 0, 2 * half - 1);
    const double share = across - below;
    kernel.at<float>(steep ? cv::Point(below, half + i) : cv::Point(half + i, below)) = static_cast<float>(part * (1 - share));
    kernel.at<float>(steep ? cv::Point(below + 1, half + i) : cv::Point(half + i, below + 1)) = static_cast<float>(part * share);
  }
  return kernel / cv::sum(kernel)[0];
}

void blur(cv::Mat& image, const VarietyConfig& variety, Seed seed) {
  const double longer = std::max(image.cols, image.rows);
  Random lens(seed.derive("defocus"));
  const double share = lens.uniform(0.2, 1), sigma = 0.004 * longer * variety.defocus * share * share;
  if (sigma > kMinBlur) cv::GaussianBlur(image, image, {}, sigma);
  Random shake(seed.derive("motion blur"));
  const bool moving = shake.chance(0.5);
  const double length = 0.03 * longer * variety.motion_blur * shake.uniform(0.1, 1), angle = shake.uniform(0, std::numbers::pi);
  if (moving && length > 2 * kMinBlur)
    cv::filter2D(image, image, -1, motion_kernel(length, angle), {-1, -1}, 0, cv::BORDER_REPLICATE);
}

// Exposure and white balance (gain, black level), and noise variances, in squared grey levels.
struct Response {
  std::array<float, 3> gain;
  float black, shot_variance, read_variance;  // shot_variance at value 255
};

Response sample_response(const VarietyConfig& variety, Seed seed) {
  Response response;
  Random light(seed.derive("exposure"));
  const double gain = std::exp(variety.exposure * 0.16 * light.normal()), warm = variety.exposure * 0.08 * light.normal(),
               green = variety.exposure * 0.03 * light.normal(), black = variety.exposure * 10 * std::max(0.0, light.normal());
  const double range = (255 - black) / 255 * gain;
  response.black = static_cast<float>(black);
  response.gain = {static_cast<float>(range * (1 + warm)), static_cast<float>(range * (1 + green)),
                   static_cast<float>(range * (1 - warm))};
  Random sensor(seed.derive("noise"));
  const double grade = variety.noise * std::pow(sensor.uniform(), 2), shot = 8 * grade, read = 4 * grade;
  response.shot_variance = static_cast<float>(shot * shot);
  response.read_variance = static_cast<float>(read * read);
  return response;
}

// Applies exposure and noise. `gain`, `normal`: one per value; normals in units of 1/256.
INTERPRIOR_WIDE void respond(uint8_t* values, size_t count, const float* gain, const Response& response, const int16_t* normal) {
  const float black = response.black, shot = response.shot_variance / 255, read = response.read_variance;
  for (size_t i = 0; i < count; ++i) {
    const float exposed = std::min(std::max(black + gain[i] * static_cast<float>(values[i]), 0.0f), 255.0f);
    const float seen = exposed + std::sqrt(shot * exposed + read) * static_cast<float>(normal[i]) * (1 / 256.0f);
    values[i] = static_cast<uint8_t>(static_cast<int32_t>(std::min(std::max(seen + 0.5f, 0.0f), 255.0f)));
  }
}

void respond(cv::Mat& image, const Response& response, Random& random) {
  const auto count = 3 * static_cast<size_t>(image.cols);
  std::vector<float> gain(count);
  for (size_t i = 0; i < count; ++i) gain[i] = response.gain[i % 3];
  for (int y = 0; y < image.rows; ++y) {
    QuickNormals normals(random);  // a new random offset per row
    for (size_t i = 0; i < count; i += QuickNormals::kMaxRun) {
      const size_t piece = std::min(count - i, QuickNormals::kMaxRun);
      respond(image.ptr<uint8_t>(y) + i, piece, gain.data() + i, response, normals.run(piece));
    }
  }
}

}  // namespace

cv::Mat degraded(cv::Mat image, const VarietyConfig& variety, Seed seed) {
  blur(image, variety, seed);
  if (variety.exposure > 0 || variety.noise > 0) {
    Random random(seed.derive("grain"));
    respond(image, sample_response(variety, seed), random);
  }
  return image;
}

int sample_jpeg_quality(const VarietyConfig& variety, Seed seed) {
  Random random(seed.derive("jpeg"));
  const double share = random.uniform(), target = 30 + 68 * std::sqrt(share);  // biased to high quality
  return static_cast<int>(std::lround(kPlainQuality + variety.jpeg * (target - kPlainQuality)));
}

cv::Mat compressed(const cv::Mat& image, int quality) { return decode_rgb(encode_jpeg(image, quality), "a synthetic image"); }

}  // namespace interprior
