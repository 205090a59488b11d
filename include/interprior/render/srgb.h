#pragma once
#include <cmath>

// The transfer function of sRGB (IEC 61966-2-1) for values 0..1.
namespace interprior {

inline double srgb_from_linear(double linear) {
  return linear <= 0.0031308 ? 12.92 * linear : 1.055 * std::pow(linear, 1 / 2.4) - 0.055;
}

inline double linear_from_srgb(double srgb) { return srgb <= 0.04045 ? srgb / 12.92 : std::pow((srgb + 0.055) / 1.055, 2.4); }

}  // namespace interprior
