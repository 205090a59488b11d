#include "procedural_anatomy.h"

#include <torch/types.h>

#include <array>
#include <cmath>
#include <vector>

namespace interprior {
namespace {

constexpr double kDegree = 3.14159265358979323846 / 180;

struct DigitMeasures {
  std::array<double, 3> base;     // mm, first joint relative to the wrist
  std::array<double, 3> yaw;      // degrees of each phalanx from -x towards +z
  double pitch;                   // degrees below the plane of the palm
  std::array<double, 3> lengths;  // mm
  std::array<double, 4> radii;    // mm
  double roll;                    // degrees, rotation of the nail from +y towards +z
};

constexpr std::array<DigitMeasures, kDigits> kMeasures = {{
    {{-21, -11, 23}, {44, 33, 25}, 16, {43, 31, 27}, {13.5, 11.4, 10.0, 8.6}, 52},
    {{-83, 0, 22}, {9, 8, 6}, 0, {38, 22.5, 20.5}, {9.8, 9.2, 8.2, 7.4}, 0},
    {{-84, 1, 0}, {0, 0, 0}, 0, {41, 25, 21.5}, {10.0, 9.4, 8.4, 7.6}, 0},
    {{-79, 0, -20.5}, {-9, -8, -6}, 0, {38, 24.5, 21}, {9.5, 8.9, 7.9, 7.2}, 0},
    {{-70, -3, -40}, {-19, -17, -14}, 0, {31.5, 18, 18.5}, {8.2, 7.8, 6.9, 6.3}, 0},
}};

torch::Tensor direction_of(double yaw, double pitch) {
  return torch::tensor({-std::cos(yaw) * std::cos(pitch), -std::sin(pitch), std::sin(yaw) * std::cos(pitch)}, torch::kFloat64);
}

torch::Tensor normalised(const torch::Tensor& vector) { return vector / vector.norm(); }

HandAnatomy measured() {
  std::vector<torch::Tensor> joints, radii, dorsal;
  for (const DigitMeasures& digit : kMeasures) {
    std::vector<torch::Tensor> chain = {torch::tensor({digit.base[0], digit.base[1], digit.base[2]}, torch::kFloat64)};
    for (size_t i = 0; i < 3; ++i) {
      chain.push_back(chain.back() + digit.lengths[i] * direction_of(digit.yaw[i] * kDegree, digit.pitch * kDegree));
    }
    const double roll = digit.roll * kDegree;
    const torch::Tensor along = normalised(chain[3] - chain[0]);
    const torch::Tensor back = torch::tensor({0.0, std::cos(roll), std::sin(roll)}, torch::kFloat64);
    joints.push_back(torch::stack(chain) * 1e-3);
    radii.push_back(torch::tensor({digit.radii[0], digit.radii[1], digit.radii[2], digit.radii[3]}, torch::kFloat64) * 1e-3);
    dorsal.push_back(normalised(back - along * along.dot(back)));
  }
  return {torch::stack(joints), torch::stack(radii), torch::stack(dorsal)};
}

}  // namespace

const HandAnatomy& average_hand() {
  static const HandAnatomy anatomy = measured();
  return anatomy;
}

const std::vector<FleshCone>& palm_flesh() {
  static const std::vector<FleshCone> flesh = {
      {{0.045, -0.001, 0.012}, {0.005, -0.001, 0.012}, 0.0130, 0.0125},    // forearm, radial side
      {{0.045, -0.001, 0.000}, {0.005, -0.001, 0.000}, 0.0130, 0.0125},    // forearm, tendons
      {{0.045, -0.001, -0.012}, {0.005, -0.001, -0.012}, 0.0130, 0.0125},  // forearm, ulnar side
      {{-0.006, -0.001, 0.011}, {-0.080, 0.000, 0.0215}, 0.0110, 0.0095},  // metacarpals
      {{-0.006, -0.001, 0.003}, {-0.081, 0.001, 0.000}, 0.0115, 0.0100},
      {{-0.006, -0.001, -0.005}, {-0.076, 0.000, -0.020}, 0.0110, 0.0095},
      {{-0.006, -0.002, -0.013}, {-0.067, -0.002, -0.0375}, 0.0110, 0.0085},
      {{-0.018, -0.011, 0.019}, {-0.050, -0.014, 0.034}, 0.0120, 0.0100},    // thenar eminence
      {{-0.040, -0.007, 0.032}, {-0.066, -0.004, 0.024}, 0.0080, 0.0070},    // fold between thumb and index
      {{-0.014, -0.008, -0.013}, {-0.055, -0.009, -0.031}, 0.0120, 0.0095},  // hypothenar eminence
      {{-0.089, -0.003, 0.020}, {-0.076, -0.005, -0.036}, 0.0070, 0.0060},   // pad below the fingers
      {{-0.093, -0.001, 0.014}, {-0.093, -0.001, 0.008}, 0.0060, 0.0060},    // webs between neighbouring fingers
      {{-0.091, -0.001, -0.007}, {-0.090, -0.001, -0.013}, 0.0060, 0.0060},
      {{-0.081, -0.002, -0.029}, {-0.079, -0.002, -0.034}, 0.0055, 0.0055}};
  return flesh;
}

}  // namespace interprior
