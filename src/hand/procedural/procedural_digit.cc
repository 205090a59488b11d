#include "procedural_digit.h"

#include <torch/types.h>

#include <vector>

namespace interprior {

DigitFrame digit_frame(const HandAnatomy& anatomy, int64_t digit, const torch::Tensor& vertices) {
  const torch::Tensor joints = anatomy.joints[digit], bones = joints.slice(0, 1) - joints.slice(0, 0, 3);
  DigitFrame frame;
  frame.lengths = bones.norm(2, {1});
  frame.direction = bones / frame.lengths.unsqueeze(1);
  std::vector<torch::Tensor> covered;
  for (int64_t i = 0; i < 3; ++i) {
    const torch::Tensor reach = (vertices - joints[i]).matmul(frame.direction[i]);
    if (i == 0) frame.along = reach;
    covered.push_back(reach.clamp(0, i == 2 ? 1.0 : frame.lengths[i].item<double>()));
  }
  frame.covered = torch::stack(covered, 1);
  frame.along = frame.along.minimum(torch::zeros_like(frame.along)) + frame.covered.sum(1);
  frame.radial = vertices - joints[0] - frame.covered.matmul(frame.direction);
  return frame;
}

}  // namespace interprior
