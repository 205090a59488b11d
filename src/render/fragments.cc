#include "fragments.h"

#include <algorithm>
#include <cmath>

#include "interprior/base/wide_loops.h"
#include "interprior/render/srgb.h"

namespace interprior {
namespace {

constexpr size_t kCurveSteps = 4096;

const std::array<uint8_t, kCurveSteps>& srgb_curve() {
  static const std::array<uint8_t, kCurveSteps> curve = [] {
    std::array<uint8_t, kCurveSteps> values{};
    for (size_t i = 0; i < kCurveSteps; ++i) {
      const double linear = static_cast<double>(i) / (kCurveSteps - 1);
      values[i] = static_cast<uint8_t>(std::lround(255 * srgb_from_linear(linear)));
    }
    return values;
  }();
  return curve;
}

INTERPRIOR_WIDE void normalise(Fragments::Numbers (&v)[3]) {
  for (size_t i = 0; i < Fragments::kCapacity; ++i) {
    const float inverse = inverse_root(v[0][i] * v[0][i] + v[1][i] * v[1][i] + v[2][i] * v[2][i]);
    v[0][i] *= inverse;
    v[1][i] *= inverse;
    v[2][i] *= inverse;
  }
}

INTERPRIOR_WIDE void add_light(Fragments& f, const UnitLight& light, float specular) {
  const auto [lx, ly, lz] = light.to_light;
  const auto [light_r, light_g, light_b] = light.colour;
  for (size_t i = 0; i < Fragments::kCapacity; ++i) {
    const float facing = f.normal[0][i] * lx + f.normal[1][i] * ly + f.normal[2][i] * lz, diffuse = std::max(facing, 0.0f);
    const float hx = lx - f.point[0][i], hy = ly - f.point[1][i], hz = lz - f.point[2][i];
    const float along = f.normal[0][i] * hx + f.normal[1][i] * hy + f.normal[2][i] * hz, lit = std::max(along, 0.0f);
    float gloss = lit * lit / (hx * hx + hy * hy + hz * hz + 1e-20f);  // squared cosine
    gloss *= gloss;
    gloss *= gloss;
    gloss *= gloss;
    gloss *= gloss * specular;
    gloss = facing > 0 ? gloss : 0;
    f.colour[0][i] += light_r * (f.skin[0][i] * diffuse + gloss);
    f.colour[1][i] += light_g * (f.skin[1][i] * diffuse + gloss);
    f.colour[2][i] += light_b * (f.skin[2][i] * diffuse + gloss);
  }
}

// Index into the sRGB curve table of a linear value.
using Steps = std::array<int32_t, Fragments::kCapacity>;
INTERPRIOR_WIDE void find_steps(const Fragments::Numbers& colour, Steps& step) {
  for (size_t i = 0; i < Fragments::kCapacity; ++i) {
    const float linear = colour[i] > 0 ? colour[i] : 0;  // NaN becomes black
    step[i] = static_cast<int32_t>((linear < 1 ? linear : 1) * (kCurveSteps - 1) + 0.5f);
  }
}

}  // namespace

void light_fragments(Fragments& f, const Shading& shading, const std::vector<UnitLight>& lights) {
  normalise(f.normal);
  normalise(f.point);
  for (size_t k = 0; k < 3; ++k)
    for (size_t i = 0; i < Fragments::kCapacity; ++i) f.colour[k][i] = shading.ambient * f.skin[k][i];
  for (const UnitLight& light : lights) add_light(f, light, shading.specular);
}

void write_fragments(const Fragments& f, cv::Vec3b* pixels) {
  static const uint8_t* const curve = srgb_curve().data();
  Steps step[3];
  for (size_t k = 0; k < 3; ++k) find_steps(f.colour[k], step[k]);
  for (size_t i = 0; i < f.count; ++i)
    pixels[f.pixel[i]] = {curve[static_cast<size_t>(step[0][i])], curve[static_cast<size_t>(step[1][i])],
                          curve[static_cast<size_t>(step[2][i])]};
}

}  // namespace interprior
