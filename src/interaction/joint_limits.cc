#include "joint_limits.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>

namespace interprior {
namespace {

constexpr double kDegree = 3.14159265358979323846 / 180;
constexpr double kTail = 0.005, kMargin = 10 * kDegree, kMinStddev = 1 * kDegree;
constexpr int64_t kMaxRows = 50000;  // rows sorted, evenly spaced over the set

}  // namespace

torch::Tensor mirrored_angles(const torch::Tensor& axis_angle) {
  return axis_angle * torch::tensor({1.0, -1.0, -1.0}).to(axis_angle.options());
}

PerHand<JointLimits> joint_limits(const Poses& poses) {
  const int64_t count = poses.size(), kept = std::min(count, kMaxRows);
  const torch::Tensor index = (torch::arange(kept) * count).div(kept, "floor");
  const torch::Tensor angles = poses.pose.index_select(0, index).slice(1, 3).unflatten(1, {15, 3});
  const torch::Tensor left = poses.side.index_select(0, index).eq(1).view({-1, 1, 1});
  const torch::Tensor right_hands = torch::where(left, mirrored_angles(angles), angles).flatten(1).to(torch::kFloat32);
  const torch::Tensor sorted = std::get<0>(right_hands.sort(0));
  const auto percentile = [&](double part) {
    return sorted[static_cast<int64_t>(std::lround(part * static_cast<double>(kept - 1)))];
  };
  const torch::Tensor stddev = right_hands.to(torch::kFloat64).std(0, false).to(torch::kFloat32).clamp_min(kMinStddev);
  const JointLimits right = {percentile(kTail) - kMargin, percentile(1 - kTail) + kMargin, stddev};
  const auto mirrored = [](const torch::Tensor& numbers) { return mirrored_angles(numbers.view({15, 3})).flatten(); };
  const torch::Tensor low = mirrored(right.low), high = mirrored(right.high);
  return {right, {torch::min(low, high), torch::max(low, high), stddev}};
}

}  // namespace interprior
