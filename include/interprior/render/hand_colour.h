#pragma once
#include <array>
#include <cstddef>

#include "interprior/hand/side.h"
#include "interprior/render/srgb.h"

namespace interprior {

// Colours of the hands in images, in mesh files and on pages, sRGB 0..1: orange and blue. They are vivid enough to be told apart
// where a hand is translucent.
inline constexpr PerHand<std::array<double, 3>> kHandColour = {{0.93, 0.56, 0.31}, {0.29, 0.58, 0.95}};

// The same as linear RGB, as glTF's baseColorFactor has it.
inline std::array<float, 3> linear_hand_colour(Side side) {
  std::array<float, 3> linear{};
  for (size_t i = 0; i < linear.size(); ++i) linear[i] = static_cast<float>(linear_from_srgb(kHandColour[side][i]));
  return linear;
}

}  // namespace interprior
