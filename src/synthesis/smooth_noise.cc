#include "smooth_noise.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "interprior/base/wide_loops.h"

namespace interprior {
namespace {

// The value at an integer point: a hash of its coordinates and the seed.
[[gnu::always_inline]] inline float corner(int32_t x, int32_t y, int32_t z, uint32_t seed) {
  uint32_t bits = seed ^ (static_cast<uint32_t>(x) * 0x9e3779b1u) ^ (static_cast<uint32_t>(y) * 0x85ebca77u) ^
                  (static_cast<uint32_t>(z) * 0xc2b2ae3du);
  bits = (bits ^ (bits >> 15)) * 0x2c1b3c6du;
  bits = (bits ^ (bits >> 12)) * 0x297a2d39u;
  bits ^= bits >> 15;
  return static_cast<float>(static_cast<int32_t>(bits)) * (1.0f / 2147483648.0f);
}

// Floor, in operations that vectorise on every machine.
inline int32_t whole(float x) {
  const auto truncated = static_cast<int32_t>(x);
  return truncated - (x < static_cast<float>(truncated) ? 1 : 0);
}

inline float eased(float t) { return t * t * (3 - 2 * t); }

inline float mixed(float a, float b, float part) { return a + (b - a) * part; }

[[gnu::always_inline]] inline float noise_at(float x, float y, float z, uint32_t seed) {
  const int32_t ix = whole(x), iy = whole(y), iz = whole(z);
  const float tx = eased(x - static_cast<float>(ix)), ty = eased(y - static_cast<float>(iy)),
              tz = eased(z - static_cast<float>(iz));
  const auto along_x = [&](int32_t dy, int32_t dz) {
    return mixed(corner(ix, iy + dy, iz + dz, seed), corner(ix + 1, iy + dy, iz + dz, seed), tx);
  };
  return mixed(mixed(along_x(0, 0), along_x(1, 0), ty), mixed(along_x(0, 1), along_x(1, 1), ty), tz);
}

INTERPRIOR_WIDE void fill_noise(const std::array<const float*, 3>& places, size_t count, float scale, float shift, uint32_t seed,
                                float* values) {
  const float *x = places[0], *y = places[1], *z = places[2];
  for (size_t i = 0; i < count; ++i) values[i] = noise_at(x[i] * scale + shift, y[i] * scale, z[i] * scale, seed);
}

}  // namespace

const int16_t* QuickNormals::table() {
  static const std::vector<int16_t> numbers = [] {
    Random random(Seed{0}.derive("quick normals"));
    std::vector<int16_t> values(kCount);
    for (int16_t& value : values) value = static_cast<int16_t>(std::lround(256 * std::clamp(random.normal(), -4.0, 4.0)));
    values.resize(kCount + kMaxRun);
    std::copy_n(values.begin(), kMaxRun, values.begin() + kCount);
    return values;
  }();
  return numbers.data();
}

std::vector<float> SmoothNoise::at(const std::array<std::vector<float>, 3>& places, float scale, float shift) const {
  const auto& [x, y, z] = places;
  std::vector<float> values(x.size());
  fill_noise({x.data(), y.data(), z.data()}, x.size(), scale, shift, seed_, values.data());
  return values;
}

cv::Mat noise_tile(int size, double grain, Random& random) {
  cv::Mat white(size, size, CV_32F);
  for (int y = 0; y < size; ++y)
    for (int x = 0; x < size; ++x) white.at<float>(y, x) = static_cast<float>(random.normal());
  const int margin = static_cast<int>(3 * grain) + 1;
  cv::Mat wide, smooth;
  cv::copyMakeBorder(white, wide, margin, margin, margin, margin, cv::BORDER_WRAP);
  cv::GaussianBlur(wide, wide, {}, 0.5 * grain);
  smooth = wide(cv::Rect(margin, margin, size, size)).clone();
  cv::Scalar mean, deviation;
  cv::meanStdDev(smooth, mean, deviation);
  return (smooth - mean[0]) / std::max(deviation[0], 1e-6);
}

}  // namespace interprior
