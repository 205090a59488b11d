#include "interprior/infer/presence.h"

#include <algorithm>

#include "interprior/base/shape.h"

namespace interprior {
namespace {

constexpr double kWholeArea = 0.02;  // A0, share of the crop
constexpr double kWideSpread = 0.1;  // s0, m

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
    const double spread = joint_stddev.defined() ? joint_stddev[row].to(torch::kFloat64).median().item<double>() : 0;
    presence[side] = std::min(1.0, area / kWholeArea) / (1 + spread * spread / (kWideSpread * kWideSpread));
  }
  return presence;
}

}  // namespace interprior
