#include "scenery.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace interprior {
namespace {

using Colour = std::array<float, 3>;

float mixed(float a, float b, double part) { return a + (b - a) * static_cast<float>(part); }

// Samples a light's direction, mostly from above, at most `farthest` rad to the side (0: from the camera, pi: from behind).
Vector3 sample_direction(double farthest, Random& random) {
  const double side = random.uniform(-farthest, farthest), height = random.uniform(-0.4, 1.1);  // rad
  return {std::sin(side) * std::cos(height), std::sin(height), std::cos(side) * std::cos(height)};
}

}  // namespace

Shading sample_shading(Random& random) {
  constexpr Colour kLight = {0.72f, 0.47f, 0.36f}, kDark = {0.20f, 0.105f, 0.065f};  // linear RGB
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
    return Light{
        sample_direction(1.2, random),
        {static_cast<float>(strength * (1 + warmth)), static_cast<float>(strength), static_cast<float>(strength * (1 - warmth))}};
  };
  shading.lights = {light(key), light(key * random.uniform(0.15, 0.5))};
  shading.ambient = static_cast<float>(random.uniform(0.12, 0.35));
  shading.specular = static_cast<float>(random.uniform(0.02, 0.10));
  return shading;
}

void vary_lights(Shading& shading, Random& random) {
  const auto count = 1 + random.integer(4);
  shading.lights.clear();
  double whole = 0;
  for (int64_t i = 0; i < count; ++i) {
    const bool key = i == 0;  // the key light comes from the camera's side; others may come from behind
    Light light;
    light.direction = sample_direction(key ? 1.3 : 2.6, random);
    const double strength = key ? random.uniform(0.5, 1.0) : random.uniform(0.1, 0.7), warm = 0.22 * random.normal();
    std::array<double, 3> colour = {1 + warm, 1 - 0.1 * std::abs(warm), 1 - 1.3 * warm};  // from candle light to sky light
    if (!key && random.chance(0.12))
      for (double& channel : colour) channel = random.uniform(0.05, 1.2);  // a screen, a lamp of any colour
    for (size_t k = 0; k < 3; ++k) light.colour[k] = static_cast<float>(strength * std::max(0.1, colour[k]));
    whole += strength;
    shading.lights.push_back(light);
  }
  // Approximate auto-exposure.
  const auto exposure = static_cast<float>(random.uniform(0.75, 1.15) / std::sqrt(whole));
  for (Light& light : shading.lights)
    for (float& channel : light.colour) channel *= exposure;
  shading.ambient = static_cast<float>(random.uniform(0.06, 0.42));
  shading.specular = static_cast<float>(0.01 + 0.13 * std::pow(random.uniform(), 2));
}

Sleeves sample_sleeves(Random& random) {
  Sleeves wear;
  wear.sleeved = random.uniform() < 0.5;
  const double level = random.uniform(0.01, 0.5);
  for (float& channel : wear.colour) channel = static_cast<float>(level * random.uniform(0.6, 1.4));
  if (wear.sleeved) wear.thickness = random.uniform(1.05, 1.3);
  return wear;
}

}  // namespace interprior
