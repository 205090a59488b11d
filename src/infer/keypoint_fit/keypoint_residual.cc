#include "interprior/infer/keypoint_fit/keypoint_residual.h"

#include <torch/types.h>

#include <algorithm>

#include "interprior/hand/skeleton.h"

namespace interprior {
namespace {

constexpr double kDisagreement = 0.125;  // of the box's longer side

}  // namespace

double KeypointResidual::of_box() const {
  return torch::cat({distance.right, distance.left}).nanmean().item<double>() / std::max(box.width, box.height);
}

std::vector<std::string> KeypointResidual::disagreements() const {
  std::vector<std::string> names;
  for (const Side side : kSides)
    for (int64_t joint = 0; joint < kJoints; ++joint)
      if (distance[side][joint].item<double>() > kDisagreement * std::max(box.width, box.height))
        names.push_back(std::string(side_name(side)) + " " + kJointNames[static_cast<size_t>(joint)]);
  return names;
}

}  // namespace interprior
