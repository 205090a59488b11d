#pragma once
#include "interprior/base/tensor.h"

namespace interprior {

// MANO parameters of one hand, in the camera of the original image.
struct ManoParameters {
  torch::Tensor pose;         // (48) rad, axis-angle, wrist first, absolute (hands_mean already added)
  torch::Tensor shape;        // (10)
  torch::Tensor translation;  // (3) m: wrist = J0(shape) + translation
};

}  // namespace interprior
