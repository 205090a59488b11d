#include "degradation.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "interprior/base/wide_loops.h"
#include "interprior/data/images/picture.h"
#include "smooth_noise.h"

namespace interprior {
namespace {

constexpr int kPlainQuality = 92;
constexpr double kLeastBlur = 0.35;  // px: less changes nothing

// A line of weights through the middle, as long as the camera moved while its shutter was open: two in each column, or in each
// row of a steep line, which share what of the line lies there.
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

// What a value becomes by exposure and white balance, and the noise it then has, in grey levels.
struct Response {
  std::array<float, 3> gain;
  float black, shot_variance, read_variance;  // the former at 255
};

Response draw_response(const VarietyConfig& variety, Seed seed) {
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

// `gain`, `normal`: one a value; the normals in 1/256.
INTERPRIOR_WIDE void respond(uint8_t* values, size_t count, const float* gain, const Response& response, const int16_t* normal) {
  const float black = response.black, shot = response.shot_variance / 255, read = response.read_variance;
  for (size_t i = 0; i < count; ++i) {
    const float exposed = std::min(std::max(black + gain[i] * static_cast<float>(values[i]), 0.0f), 255.0f);
    const float seen = exposed + std::sqrt(shot * exposed + read) * static_cast<float>(normal[i]) * (1 / 256.0f);
    values[i] = static_cast<uint8_t>(static_cast<int32_t>(std::min(std::max(seen + 0.5f, 0.0f), 255.0f)));
  }
}

void respond(cv::Mat& picture, const Response& response, Random& random) {
  const auto count = 3 * static_cast<size_t>(picture.cols);
  std::vector<float> gain(count);
  for (size_t i = 0; i < count; ++i) gain[i] = response.gain[i % 3];
  for (int y = 0; y < picture.rows; ++y) {
    QuickNormals normals(random);  // each row takes runs of its own
    for (size_t i = 0; i < count; i += QuickNormals::kLongestRun) {
      const size_t piece = std::min(count - i, QuickNormals::kLongestRun);
      respond(picture.ptr<uint8_t>(y) + i, piece, gain.data() + i, response, normals.run(piece));
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
