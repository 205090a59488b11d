#pragma once
#include <optional>

#include "interprior/base/tensor.h"
#include "interprior/hand/side.h"
#include "interprior/infer/keypoints/keypoints.h"

namespace interprior {

// Minimum presence at which a hand counts as present.
inline constexpr double kPresent = 0.5;

// Presence of each hand in the crop, 0..1, from M and the standard deviation of the hypotheses:
//   min(1, A / A0) / (1 + (s / s0)^2),
// A the hand's area in M (the sum of M over the cells in which it is above one half, over the number of all cells), A0 = 0.02,
// s the median standard deviation of the hand's joints over the hypotheses, s0 = 0.1 m. In 1,500 synthetic images with
// ground-truth masks, one hand in a thousand has less than A0 / 2. A heuristic, not a probability: networks are trained on images
// of two hands. mask: M (2,G,G); joint_stddev: (2,21) m, undefined without hypotheses.
PerHand<double> presence_of(const torch::Tensor& mask, const torch::Tensor& joint_stddev);

// Presence of a hand given as keypoints: the mean confidence of its 21 joints (1 for joints given in 3D) over 1 + (s / s0)^2;
// 0 without keypoints.
double presence_of(const std::optional<HandKeypoints>& keypoints, Side side, const torch::Tensor& joint_stddev);

}  // namespace interprior
