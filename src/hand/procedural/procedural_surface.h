#pragma once
#include <torch/types.h>

#include "procedural_anatomy.h"

namespace interprior {

// The skin of the procedural hand as the zero level set of a smooth function: a smooth union of rounded cones along all bones.
class HandSurface {
 public:
  explicit HandSurface(const HandAnatomy& anatomy);

  // Approximate signed distance to the skin (N) m of points (N,3), negative inside; differentiable.
  torch::Tensor distance(const torch::Tensor& points) const;
  // Moves the points along the gradient to where distance equals level (N) m, by `steps` Newton steps.
  torch::Tensor project(const torch::Tensor& points, const torch::Tensor& level, int steps) const;

 private:
  torch::Tensor start_, bone_, start_radius_, end_radius_, dorsal_;  // (C,3), (C,3), (C), (C), (C,3) scaled by the flatness
  std::vector<int64_t> group_ends_;                                  // end of each group of cones: one digit or the palm
};

}  // namespace interprior
