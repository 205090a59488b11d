#include "hand_diagram.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "interprior/base/error.h"
#include "interprior/hand/skeleton.h"

namespace interprior {
namespace {

constexpr double kLargest = 17, kRing = 3;  // radii

// Joint positions of a right hand, seen from its back, fingers spread.
constexpr std::array<std::array<double, 2>, kJoints> kPlaces = {
    {{260, 292}, {196, 262}, {148, 220}, {112, 186}, {82, 158},  {208, 160}, {194, 108},
     {186, 74},  {180, 42},  {254, 148}, {252, 92},  {251, 54},  {250, 20},  {298, 156},
     {308, 104}, {314, 68},  {320, 36},  {338, 178}, {360, 138}, {374, 110}, {388, 84}}};

std::string format(const char* pattern, double a, double b, double c, double d) {
  char text[160];
  std::snprintf(text, sizeof text, pattern, a, b, c, d);
  return text;
}

}  // namespace

std::string hand_diagram(const std::vector<double>& per_joint_mm) {
  require(per_joint_mm.size() == kPlaces.size(), "a hand diagram needs a number for each of 21 joints");
  double largest = 0;
  for (const double value : per_joint_mm)
    if (std::isfinite(value)) largest = std::max(largest, value);
  std::string svg = "<svg viewBox=\"0 0 520 320\" role=\"img\">";
  for (size_t joint = 1; joint < kPlaces.size(); ++joint) {
    const auto &end = kPlaces[joint], &start = kPlaces[static_cast<size_t>(kParents[joint])];
    svg += format("<line class=\"axis\" x1=\"%.0f\" y1=\"%.0f\" x2=\"%.0f\" y2=\"%.0f\"/>", start[0], start[1], end[0], end[1]);
  }
  for (size_t joint = 0; joint < kPlaces.size(); ++joint) {
    const auto& [x, y] = kPlaces[joint];
    const double value = per_joint_mm[joint];
    if (!std::isfinite(value)) {
      svg += format("<circle class=\"axis\" fill=\"none\" cx=\"%.0f\" cy=\"%.0f\" r=\"%.0f\"/>", x, y, kRing, 0);
      continue;
    }
    const double share = largest > 0 ? value / largest : 0;
    svg += format("<circle cx=\"%.0f\" cy=\"%.0f\" r=\"%.1f\" style=\"fill:var(--c1);opacity:%.2f\">", x, y,
                  kRing + (kLargest - kRing) * std::sqrt(share), 0.35 + 0.6 * share);
    svg += std::string("<title>") + kJointNames[joint] + format(": %.2f mm</title></circle>", value, 0, 0, 0);
    svg += format("<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"start\">%.1f</text>", x + kLargest + 2, y + 4, value, 0);
  }
  return svg + "</svg>";
}

}  // namespace interprior
