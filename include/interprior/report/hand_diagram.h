#pragma once
#include <string>
#include <vector>

namespace interprior {

// A hand drawn as its bones, each joint (21, order of hand/skeleton.h) a disc whose area and colour follow its error, mm; the
// largest and the smallest are labelled. Joints without a number stay small rings. Inline SVG.
std::string hand_diagram(const std::vector<double>& per_joint_mm);

}  // namespace interprior
