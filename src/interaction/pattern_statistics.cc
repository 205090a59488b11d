#include "interprior/interaction/pattern_statistics.h"

#include <c10/core/InferenceMode.h>
#include <torch/types.h>

#include <algorithm>
#include <cstdio>

#include "interprior/base/error.h"
#include "interprior/geometry/rotation.h"
#include "interprior/hand/skeleton.h"

namespace interprior {
namespace {

template <size_t N>
std::array<double, N> numbers_in(const torch::Tensor& tensor) {
  const torch::Tensor numbers = tensor.to(torch::kFloat64).contiguous();
  std::array<double, N> result{};
  std::copy_n(numbers.const_data_ptr<double>(), N, result.begin());
  return result;
}

double percentile(const torch::Tensor& sorted, double part) {
  return sorted[static_cast<int64_t>(part * static_cast<double>(sorted.size(0) - 1) + 0.5)].item<double>();
}

}  // namespace

PatternStatistics pattern_statistics(const Patterns& patterns, const TwoHands& hands) {
  require(patterns.size() > 0, "there are no patterns to measure");
  const c10::InferenceMode inference;
  PerHand<torch::Tensor> rotation, bone, wrist, knuckle;  // not all 16 million joints of half a million patterns
  for (const Side side : kSides) {
    const auto k = static_cast<int64_t>(side);
    const torch::Tensor shape = patterns.shape.select(1, k);
    rotation[side] = matrix_from_axis_angle(patterns.pose.select(1, k).slice(1, 0, 3));
    bone[side] = torch::matmul(rotation[side], hands.layer[side].rest_middle_mcp(shape).unsqueeze(2)).squeeze(2);
    wrist[side] = hands.layer[side].rest_wrist(shape) + patterns.translation.select(1, k);
    knuckle[side] = wrist[side] + bone[side];
  }
  const torch::Tensor left = rotation.left.transpose(1, 2);
  const torch::Tensor offset = torch::matmul(left, (knuckle.right - knuckle.left).unsqueeze(2)).squeeze(2).to(torch::kFloat64);
  const torch::Tensor lengths = std::get<0>(torch::sort(torch::cat({bone.right, bone.left}).norm(2, 1)));
  const torch::Tensor apart = (wrist.left - wrist.right).norm(2, 1).to(torch::kFloat64);
  PatternStatistics statistics;
  statistics.offset_mean = numbers_in<3>(offset.mean(0));
  statistics.offset_deviation = numbers_in<3>(offset.std(0, false));
  statistics.shape_deviation = numbers_in<10>(patterns.shape.select(1, 0).to(torch::kFloat64).std(0, false));
  statistics.bone_low = percentile(lengths, 0.05);
  statistics.bone_high = percentile(lengths, 0.95);
  statistics.wrist_mean = apart.mean().item<double>();
  statistics.wrist_deviation = apart.std(0, false).item<double>();
  return statistics;
}

PatternStatistics interhand_statistics() {
  PatternStatistics real;
  real.offset_mean = {0.005, -0.082, -0.004};
  real.offset_deviation = {0.040, 0.075, 0.066};
  real.shape_deviation.fill(0.15);
  real.shape_deviation[0] = 1.07;
  real.bone_low = 0.079;
  real.bone_high = 0.089;
  return real;
}

std::string statistics_text(const PatternStatistics& measured) {
  const PatternStatistics real = interhand_statistics();
  std::string text;
  char line[200];
  const auto vector = [&](const char* name, const std::array<double, 3>& own, const std::array<double, 3>& target) {
    std::snprintf(line, sizeof line, "%-38s %5.0f %5.0f %5.0f mm   InterHand2.6M %4.0f %4.0f %4.0f\n", name, 1e3 * own[0],
                  1e3 * own[1], 1e3 * own[2], 1e3 * target[0], 1e3 * target[1], 1e3 * target[2]);
    text += line;
  };
  vector("knuckle offset, left hand's axes, mean", measured.offset_mean, real.offset_mean);
  vector("  standard deviation", measured.offset_deviation, real.offset_deviation);
  const auto [low, high] = std::minmax_element(measured.shape_deviation.begin() + 1, measured.shape_deviation.end());
  std::snprintf(line, sizeof line, "%-38s %5.2f, others %.2f-%.2f   InterHand2.6M 1.07, others 0.08-0.19\n",
                "shape, standard deviation", measured.shape_deviation[0], *low, *high);
  text += line;
  std::snprintf(line, sizeof line, "%-38s %5.0f-%.0f mm            InterHand2.6M 79-89\n", "wrist to middle MCP joint, 5-95 %",
                1e3 * measured.bone_low, 1e3 * measured.bone_high);
  text += line;
  std::snprintf(line, sizeof line, "%-38s %5.0f +- %.0f mm\n", "wrist to wrist", 1e3 * measured.wrist_mean,
                1e3 * measured.wrist_deviation);
  return text + line;
}

}  // namespace interprior
