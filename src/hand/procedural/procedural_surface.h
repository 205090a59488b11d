#pragma once
#include <torch/types.h>

#include "procedural_anatomy.h"

namespace interprior {

// The skin of the procedural hand as the zero level of a smooth function: rounded cones along all bones, melted together.
class HandSurface {
 public:
  explicit HandSurface(const HandAnatomy& anatomy);

  // About the distance to the skin (N) m of points (N,3), negative inside; differentiable.
  torch::Tensor distance(const torch::Tensor& points) const;
  // The points moved along the gradient to where distance equals level (N) m, by `steps` of Newton's method.
  torch::Tensor project(const torch::Tensor& points, const torch::Tensor& level, int steps) const;

 private:
  torch::Tensor start_, bone_, start_radius_, end_radius_, dorsal_;  // (C,3), (C,3), (C), (C), (C,3) scaled by the flatness
  std::vector<int64_t> group_ends_;                                  // cones of one digit, or of the palm, are neighbours
};

}  // namespace interprior
