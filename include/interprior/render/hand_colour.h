#pragma once
#include <array>
#include <cstddef>

#include "interprior/hand/side.h"
#include "interprior/render/srgb.h"

namespace interprior {

// Colours of the hands in mesh files and on pages, sRGB 0..1: the right one is warm, the left one cool.
inline constexpr PerHand<std::array<double, 3>> kHandColour = {{0.82, 0.58, 0.48}, {0.48, 0.60, 0.82}};

// The same as linear RGB, as glTF's baseColorFactor has it.
inline std::array<float, 3> linear_hand_colour(Side side) {
  std::array<float, 3> linear{};
  for (size_t i = 0; i < linear.size(); ++i) linear[i] = static_cast<float>(linear_from_srgb(kHandColour[side][i]));
  return linear;
}

}  // namespace interprior
