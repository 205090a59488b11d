#include "scenery.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>

namespace interprior {
namespace {

using Colour = std::array<float, 3>;

float mixed(float a, float b, double part) { return a + (b - a) * static_cast<float>(part); }

// Towards which a light shines: from the camera's side of the scene, rather from above.
Vector3 draw_direction(Random& random) {
  const double side = random.uniform(-1.2, 1.2), height = random.uniform(-0.4, 1.1);   // rad
  return {std::sin(side) * std::cos(height), std::sin(height), std::cos(side) * std::cos(height)};
}

}  // namespace

cv::Mat draw_background(int64_t width, int64_t height, Random& random) {
  const double level = random.uniform(15, 190), contrast = random.uniform(5, 45), colour = random.uniform(0, 25);
  cv::Vec3d tint;
  for (int k = 0; k < 3; ++k) tint[k] = colour * random.normal();
  const int columns = 2 + static_cast<int>(random.integer(4)), rows = 2 + static_cast<int>(random.integer(5));
  cv::Mat coarse(rows, columns, CV_8UC3), smooth;
  for (int y = 0; y < rows; ++y)
    for (int x = 0; x < columns; ++x) {
      const double grey = level + contrast * random.normal();
      for (int k = 0; k < 3; ++k)
        coarse.at<cv::Vec3b>(y, x)[k] = cv::saturate_cast<uint8_t>(grey + tint[k] + 0.3 * colour * random.normal());
    }
  cv::resize(coarse, smooth, {static_cast<int>(width), static_cast<int>(height)}, 0, 0, cv::INTER_CUBIC);
  return smooth;
}

Shading draw_shading(Random& random) {
  constexpr Colour kLight = {0.72f, 0.47f, 0.36f}, kDark = {0.20f, 0.105f, 0.065f};   // linear RGB
  Shading shading;
  const double tone = std::pow(random.uniform(), 1.5), red = 0.06 * random.normal();
  Colour skin;
  for (size_t k = 0; k < 3; ++k) skin[k] = mixed(kLight[k], kDark[k], tone) * static_cast<float>(1 + (k == 0 ? red : -red / 2));
  for (const Side side : kSides) {
    const auto shade = static_cast<float>(1 + 0.03 * random.normal() * (side == Side::right ? 1 : -1));
    shading.skin.push_back({skin[0] * shade, skin[1] * shade, skin[2] * shade});
  }
  const double warmth = 0.08 * random.normal(), key = random.uniform(0.55, 0.95);
  const auto light = [&](double strength) {
    return Light{draw_direction(random), {static_cast<float>(strength * (1 + warmth)), static_cast<float>(strength),
                                          static_cast<float>(strength * (1 - warmth))}};
  };
  shading.lights = {light(key), light(key * random.uniform(0.15, 0.5))};
  shading.ambient = static_cast<float>(random.uniform(0.12, 0.35));
  shading.specular = static_cast<float>(random.uniform(0.02, 0.10));
  return shading;
}

Wear draw_wear(Random& random) {
  Wear wear;
  wear.sleeved = random.uniform() < 0.5;
  const double level = random.uniform(0.01, 0.5);
  for (float& channel : wear.colour) channel = static_cast<float>(level * random.uniform(0.6, 1.4));
  if (wear.sleeved) wear.thickness = random.uniform(1.05, 1.3);
  return wear;
}

}  // namespace interprior
