#pragma once
#include <torch/types.h>

#include "interprior/hand/side.h"

namespace interprior {

// A hand counts as present from this presence on.
inline constexpr double kPresent = 0.5;

// How far the network sees each hand in the crop, 0..1, from M and from how widely the hypotheses disagree:
//   min(1, A / A0) / (1 + (s / s0)^2),
// A the hand's part of M, M's mean over the crop's cells that are above one half times their share, A0 = 0.01 (a square of a
// tenth of the crop), s the median standard deviation of the hand's joints about the hypotheses' mean, s0 = 0.1 m. A heuristic,
// not a probability: networks are trained on pictures of two hands. mask: M (2,G,G); joint_stddev: (2,21) m, undefined without
// hypotheses.
PerHand<double> presence_of(const torch::Tensor& mask, const torch::Tensor& joint_stddev);

}  // namespace interprior
