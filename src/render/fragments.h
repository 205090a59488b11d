#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "interprior/render/shading.h"

namespace interprior {

// A block of covered pixels as arrays of fixed length in one struct: compilers know that the arrays do not alias, and vectorise.
struct Fragments {
  static constexpr size_t kCapacity = 64;
  using Numbers = std::array<float, kCapacity>;

  size_t count = 0;
  std::array<size_t, kCapacity> pixel{};
  Numbers normal[3]{}, point[3]{}, skin[3]{}, colour[3]{};  // camera frame, m; linear RGB
};

struct UnitLight {
  std::array<float, 3> to_light, colour;
};

// Lambert and Blinn-Phong (exponent 32) shading of each fragment; normals need not have length 1. Overwrites normals and points.
void light_fragments(Fragments& fragments, const Shading& shading, const std::vector<UnitLight>& lights);

// Writes the fragments' colours to their pixels, as 8-bit sRGB (IEC 61966-2-1).
void write_fragments(const Fragments& fragments, cv::Vec3b* pixels);

}  // namespace interprior
