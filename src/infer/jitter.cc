#include "interprior/infer/jitter.h"

#include <torch/types.h>

#include "interprior/base/shape.h"

namespace interprior {
namespace {

constexpr double kMmPerMetre = 1000;

}  // namespace

void Jitter::add(const PerHand<torch::Tensor>& joints_in_camera, const PerHand<bool>& present) {
  for (const Side side : kSides) {
    auto& [last, before] = last_[side];
    torch::Tensor joints;
    if (present[side]) {
      ShapeCheck("Jitter")(joints_in_camera[side], "joints_in_camera", {21, 3});
      joints = joints_in_camera[side].detach().to(torch::kCPU, torch::kFloat64, /*non_blocking=*/false, /*copy=*/true);
    }
    if (joints.defined() && last.defined() && before.defined()) {
      const torch::Tensor distance = (joints - 2 * last + before).square().sum(1).sqrt();
      sum_ += kMmPerMetre * distance.sum().item<double>();
      count_ += distance.numel();
    }
    before = last;
    last = joints;
  }
}

std::optional<double> Jitter::mean() const {
  if (count_ == 0) return std::nullopt;
  return sum_ / static_cast<double>(count_);
}

}  // namespace interprior
