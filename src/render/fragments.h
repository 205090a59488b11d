#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "interprior/render/shading.h"

namespace interprior {

// Some covered pixels of a picture, one array of fixed length a number: then compilers know that no two of them overlap, and use
// vector instructions.
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

// Lambert and Blinn-Phong (exponent 32) of every fragment, whose normal need not have length 1. Normals and points are used up.
void light_fragments(Fragments& fragments, const Shading& shading, const std::vector<UnitLight>& lights);

// The fragments' colours to their pixels, as 8-bit sRGB (IEC 61966-2-1).
void write_fragments(const Fragments& fragments, cv::Vec3b* pixels);

}  // namespace interprior
