#pragma once
#include <torch/types.h>

#include <string>
#include <vector>

#include "interprior/geometry/crop.h"
#include "interprior/hand/side.h"

namespace interprior {

// Hands beside the keypoints that they were made from.
struct KeypointResidual {
  PerHand<torch::Tensor> distance;  // (21) px, from each keypoint to its projected joint; NaN where it was not seen
  Box box;                          // px, of the keypoints
  bool sides_exchanged = false;     // the hands lie far nearer to the keypoints with right and left exchanged

  // Mean distance of the joints that were seen, of the box's longer side.
  double of_box() const;
  // Joints that lie farther from their keypoint than an eighth of the box's longer side, such as "left index_tip".
  std::vector<std::string> disagreements() const;
};

}  // namespace interprior
