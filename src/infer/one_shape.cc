#include "interprior/infer/one_shape.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>

#include "interprior/base/error.h"
#include "interprior/base/shape.h"

namespace interprior {
namespace {

constexpr double kUnsure = 0.02;  // m

// All weights are above 0.
double weighted_median(std::vector<std::pair<double, double>> values) {
  std::sort(values.begin(), values.end());
  double total = 0, below = 0;
  for (const auto& [value, weight] : values) total += weight;
  for (size_t i = 0; i + 1 < values.size(); ++i) {
    below += values[i].second;
    const double excess = below - total / 2, rounding = 1e-12 * total;
    if (std::abs(excess) <= rounding) return (values[i].first + values[i + 1].first) / 2;
    if (excess > 0) return values[i].first;
  }
  return values.back().first;
}

}  // namespace

double shape_weight(double presence, const torch::Tensor& joint_stddev, Side side) {
  if (!joint_stddev.defined()) return presence;
  const double stddev = joint_stddev[static_cast<int64_t>(side)].median().item<double>() / kUnsure;
  return presence / (1 + stddev * stddev);
}

void OneShape::add(const PerHand<ManoParameters>& hands, const PerHand<double>& weight) {
  PerHand<torch::Tensor> numbers;
  for (const Side side : kSides) {
    ShapeCheck("OneShape")(hands[side].shape, "shape", {10});
    numbers[side] = hands[side].shape.detach().to(torch::kCPU, torch::kFloat64).contiguous();
    require(std::isfinite(weight[side]) && weight[side] >= 0, c10::str("a shape has the weight ", weight[side]), "OneShape",
            "give 0 or more");
    require(weight[side] == 0 || numbers[side].isfinite().all().item<bool>(), "a shape is not finite", "OneShape",
            "leave the frame out");
  }
  for (const Side side : kSides)
    for (size_t i = 0; i < 10 && weight[side] > 0; ++i)
      coefficients_[side][i].emplace_back(numbers[side].const_data_ptr<double>()[i], weight[side]);
}

PerHand<torch::Tensor> OneShape::shape() const {
  PerHand<torch::Tensor> shape;
  for (const Side side : kSides) {
    if (coefficients_[side][0].empty()) continue;
    std::vector<float> medians;
    for (const Weighted& coefficient : coefficients_[side]) medians.push_back(static_cast<float>(weighted_median(coefficient)));
    shape[side] = torch::tensor(medians);
  }
  return shape;
}

PerHand<ManoParameters> with_shape(const PerHand<ManoParameters>& hands, const PerHand<torch::Tensor>& shape,
                                   const TwoHands& models) {
  const torch::NoGradGuard no_grad;
  PerHand<ManoParameters> out = hands;
  for (const Side side : kSides) {
    if (!shape[side].defined()) continue;
    ShapeCheck("with_shape")(shape[side], "shape", {10})(hands[side].shape, "the hand's shape", {10});
    const torch::Device device = models.layer[side].faces_on_device().device();
    const torch::Tensor both = torch::stack({hands[side].shape, shape[side].to(hands[side].shape)}).to(device);
    const torch::Tensor rest = models.layer[side].rest_wrist(both).to(hands[side].translation);
    out[side].shape = shape[side].to(hands[side].shape);
    out[side].translation = hands[side].translation + rest[0] - rest[1];
  }
  return out;
}

}  // namespace interprior
