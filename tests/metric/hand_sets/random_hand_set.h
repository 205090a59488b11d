#pragma once
#include <torch/types.h>

#include <string>

#include "interprior/base/seed.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/metric/hand_sets/hand_set.h"

namespace interprior {

inline const TwoHands& procedural_hands() {
  static const TwoHands hands(procedural_hand(), torch::kCPU, torch::kFloat64);
  return hands;
}

inline torch::Tensor noise(torch::IntArrayRef shape, double scale, Seed seed) {
  return scale * normal_tensor(shape, seed).to(torch::kFloat64);
}

// Two hands half a metre in front of the camera, ids in order.
inline HandSet random_hand_set(int64_t count, uint64_t seed) {
  const Seed from{seed};
  HandSet set;
  for (int64_t i = 0; i < count; ++i) set.sample.push_back("test/" + std::to_string(i) + ".jpg");
  set.pose = noise({count, 2, 48}, 0.3, from.derive("pose"));
  set.shape = noise({count, 2, 10}, 0.5, from.derive("shape"));
  set.translation = noise({count, 2, 3}, 0.05, from.derive("translation")) + torch::tensor({0.0, 0.0, 0.5}, torch::kFloat64);
  return set;
}

// The same with vertices instead of parameters.
inline HandSet as_meshes(HandSet set) {
  set.vertices = vertices_of(set, procedural_hands());
  set.pose = set.shape = set.translation = torch::Tensor();
  return set;
}

// Adds annotated joints: those of its own meshes.
inline HandSet annotated(HandSet set) {
  const torch::Tensor vertices = vertices_of(set, procedural_hands());
  set.joints = torch::stack({procedural_hands().layer.right.regress_joints(vertices.select(1, 0)),
                             procedural_hands().layer.left.regress_joints(vertices.select(1, 1))},
                            1);
  set.joint_valid = torch::ones({set.size(), 2, 21}, torch::kBool);
  return set;
}

}  // namespace interprior
