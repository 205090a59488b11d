#include "interprior/infer/presence.h"

#include <torch/types.h>

#include <algorithm>

#include "interprior/base/shape.h"

namespace interprior {
namespace {

constexpr double kWholeArea = 0.02;  // A0, share of the crop
constexpr double kWideStddev = 0.1;  // s0, m

// 1 + (s / s0)^2.
double doubt(const torch::Tensor& joint_stddev, Side side) {
  if (!joint_stddev.defined()) return 1;
  const double stddev = joint_stddev[static_cast<int64_t>(side)].to(torch::kFloat64).median().item<double>();
  return 1 + stddev * stddev / (kWideStddev * kWideStddev);
}

}  // namespace

PerHand<double> presence_of(const torch::Tensor& mask, const torch::Tensor& joint_stddev) {
  ShapeCheck check("presence_of");
  check(mask, "mask", {2, "G", "G"});
  if (joint_stddev.defined()) check(joint_stddev, "joint_stddev", {2, 21});
  PerHand<double> presence{0, 0};
  for (const Side side : kSides) {
    const auto row = static_cast<int64_t>(side);
    const torch::Tensor seen = mask[row].to(torch::kCPU, torch::kFloat64);
    const double area = (seen * (seen > 0.5)).mean().item<double>();
    presence[side] = std::min(1.0, area / kWholeArea) / doubt(joint_stddev, side);
  }
  return presence;
}

double presence_of(const std::optional<HandKeypoints>& keypoints, Side side, const torch::Tensor& joint_stddev) {
  if (!keypoints) return 0;
  double confidence = 0;
  for (const Keypoint& point : keypoints->joints) confidence += keypoints->joints_in_camera ? 1 : point.confidence;
  return confidence / static_cast<double>(kJoints) / doubt(joint_stddev, side);
}

}  // namespace interprior
