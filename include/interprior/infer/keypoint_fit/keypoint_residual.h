#pragma once
#include <string>
#include <vector>

#include "interprior/base/tensor.h"
#include "interprior/geometry/crop.h"
#include "interprior/hand/side.h"

namespace interprior {

// Distances between reconstructed hands and their keypoints.
struct KeypointResidual {
  PerHand<torch::Tensor> distance;  // (21) px, from each keypoint to its projected joint; NaN without a keypoint
  Box box;                          // px, of the keypoints
  bool sides_exchanged = false;     // the hands fit the keypoints far better with right and left swapped

  // Mean distance over the given keypoints, as a fraction of the box's longer side.
  double of_box() const;
  // Joints farther from their keypoint than an eighth of the box's longer side, such as "left index_tip".
  std::vector<std::string> disagreements() const;
};

}  // namespace interprior
