#pragma once
#include <torch/types.h>

#include <array>

#include "procedural_anatomy.h"

namespace interprior {

inline constexpr std::array<int64_t, kDigits> kFirstJoint = {13, 1, 4, 10, 7};  // of thumb .. pinky in MANO's order

// The coordinates of all vertices relative to one digit.
struct DigitFrame {
  torch::Tensor direction;  // (3,3) unit, of each phalanx
  torch::Tensor lengths;    // (3) m
  torch::Tensor covered;    // (V,3) m, length of each phalanx between its base and the vertex; the last may exceed its length
  torch::Tensor radial;     // (V,3) from the axis to the vertex
  torch::Tensor along;      // (V) m from the base joint, negative towards the wrist
};

DigitFrame digit_frame(const HandAnatomy& anatomy, int64_t digit, const torch::Tensor& vertices);

}  // namespace interprior
