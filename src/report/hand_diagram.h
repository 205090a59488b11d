#pragma once
#include <string>
#include <vector>

namespace interprior {

// Diagram of a hand skeleton as inline SVG: each joint (21, order of hand/skeleton.h) is a disc whose area and colour encode its
// error, mm; the largest and the smallest error are labelled. Joints without a value are small rings.
std::string hand_diagram(const std::vector<double>& per_joint_mm);

}  // namespace interprior
