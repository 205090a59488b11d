#include <torch/types.h>

#include <functional>
#include <vector>

#include "procedural_digit.h"
#include "procedural_rig.h"

namespace interprior {
namespace {

constexpr int64_t kShapeCount = 10;
// Root mean square displacement (m) per unit; the first direction is uniform growth by 4.5 %.
constexpr double kGrowth = 0.045;
constexpr std::array<double, kShapeCount> kSpread = {0, 0.0015, 0.0012, 0.0008, 0.0008, 0.0008, 0.0007, 0.0006, 0.0005, 0.0004};

using Stretch = std::array<std::array<double, 3>, kDigits>;

// One shape variation, as displacements per unit.
struct Variation {
  std::function<torch::Tensor(const torch::Tensor&)> palm = [](const torch::Tensor& points) { return torch::zeros_like(points); };
  Stretch stretch = {};                                          // of each phalanx, relative to its length
  std::function<torch::Tensor(const DigitFrame&)> thicken = {};  // (V) relative to the radius
};

torch::Tensor along_axes(const torch::Tensor& points, double x, double y, double z) {
  return points * torch::tensor({x, y, z}, torch::kFloat64);
}

Stretch stretched(const std::array<double, kDigits>& digits, const std::array<double, 3>& phalanges) {
  Stretch stretch{};
  for (size_t d = 0; d < kDigits; ++d) {
    for (size_t i = 0; i < 3; ++i) stretch[d][i] = digits[d] * phalanges[i];
  }
  return stretch;
}

torch::Tensor arched(const torch::Tensor& points) {
  const torch::Tensor zero = torch::zeros_like(points.select(1, 0)), knuckles = (-points.select(1, 0) / 0.08).clamp(0, 1.2);
  return torch::stack({zero, -12 * points.select(1, 2).square() * knuckles, zero}, 1);
}

torch::Tensor evenly(const DigitFrame& frame) { return torch::ones_like(frame.along); }
torch::Tensor tapering(const DigitFrame& frame) { return 0.5 - frame.along / frame.lengths.sum(); }
torch::Tensor at_joints(const DigitFrame& frame) {
  torch::Tensor bumps = torch::zeros_like(frame.along), place = torch::zeros({}, torch::kFloat64);
  for (int64_t i = 0; i < 2; ++i) {
    place = place + frame.lengths[i];
    bumps = bumps + (-((frame.along - place) / 0.006).square()).exp();
  }
  return bumps;
}

std::vector<Variation> variations() {
  constexpr std::array<double, kDigits> fingers = {0, 1, 1, 1, 1}, all = {1, 1, 1, 1, 1}, thumb = {1, 0, 0, 0, 0};
  std::vector<Variation> list(kShapeCount);
  list[1].palm = [](const torch::Tensor& p) { return along_axes(p, -0.4, 0, 0); };  // long fingers, short palm
  list[1].stretch = stretched(fingers, {1, 1, 1});
  list[2].palm = [](const torch::Tensor& p) { return along_axes(p, 0, 0, 1); };  // wide palm
  list[3].palm = [](const torch::Tensor& p) { return along_axes(p, 0, 1, 0); };  // thick hand
  list[3].thicken = evenly;
  list[4].stretch = stretched(all, {1, -0.7, -1});                // long first phalanges
  list[5].stretch = stretched({0, 1, 0.2, -0.6, -1}, {1, 1, 1});  // long index, short little finger
  list[6].stretch = stretched(thumb, {0.7, 1, 1});                // long thumb
  list[7].palm = arched;                                          // round row of knuckles
  list[8].thicken = tapering;
  list[9].thicken = at_joints;
  return list;
}

// The palm moves by `palm`, a digit with its base joint and along its own axis; blended by the skinning weights.
torch::Tensor displacement(const Variation& variation, const HandAnatomy& anatomy, const torch::Tensor& vertices,
                           const torch::Tensor& weights) {
  torch::Tensor moved = weights.select(1, 0).unsqueeze(1) * variation.palm(vertices);
  for (int64_t digit = 0; digit < kDigits; ++digit) {
    const DigitFrame frame = digit_frame(anatomy, digit, vertices);
    const auto& [first_share, second_share, third_share] = variation.stretch[digit];
    const torch::Tensor stretch = torch::tensor({first_share, second_share, third_share}, torch::kFloat64);
    torch::Tensor own = variation.palm(anatomy.joints[digit].slice(0, 0, 1)) + (frame.covered * stretch).matmul(frame.direction);
    if (variation.thicken) own = own + variation.thicken(frame).unsqueeze(1) * frame.radial;
    const int64_t first = kFirstJoint[digit];
    moved = moved + weights.slice(1, first, first + 3).sum(1, true) * own;
  }
  return moved;
}

}  // namespace

torch::Tensor procedural_shapes(const HandAnatomy& anatomy, const ProceduralMesh& mesh, const torch::Tensor& weights) {
  const std::vector<Variation> list = variations();
  std::vector<torch::Tensor> directions = {kGrowth * mesh.vertices};
  for (int64_t i = 1; i < kShapeCount; ++i) {
    torch::Tensor direction = displacement(list[i], anatomy, mesh.vertices, weights);
    for (const torch::Tensor& before : directions) {
      direction = direction - before * ((direction * before).sum() / before.square().sum());
    }
    directions.push_back(direction * (kSpread[i] / direction.square().sum(1).mean().sqrt()));
  }
  return torch::stack(directions, 2);
}

}  // namespace interprior
