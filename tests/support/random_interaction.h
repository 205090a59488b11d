#pragma once
#include <torch/types.h>

#include "interprior/base/seed.h"
#include "interprior/geometry/rotation.h"
#include "interprior/hand/pose.h"

namespace interprior {

// B random interactions: moderate finger rotations, any R_rel, hands about 10 cm apart.
inline Interaction random_interaction(int64_t batch, uint64_t seed, torch::Dtype dtype = torch::kFloat32) {
  const Seed root{seed};
  const auto normal = [&](const char* name, std::vector<int64_t> shape) {
    return normal_tensor(shape, root.derive(name)).to(dtype);
  };
  Interaction interaction;
  interaction.fingers = {matrix_from_axis_angle(0.3 * normal("right", {batch, 15, 3})),
                         matrix_from_axis_angle(0.3 * normal("left", {batch, 15, 3}))};
  interaction.shape = {0.5 * normal("right shape", {batch, 10}), 0.5 * normal("left shape", {batch, 10})};
  interaction.left_from_right = matrix_from_axis_angle(normal("relative", {batch, 3}));
  interaction.left_in_right = 0.1 * normal("translation", {batch, 3});
  return interaction;
}

}  // namespace interprior
