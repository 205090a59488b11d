#pragma once
#include <torch/types.h>

#include "interprior/geometry/rotation.h"
#include "interprior/objective/sampler_loss.h"
#include "support/random_interaction.h"

namespace interprior {

// B samples of two hands in front of a camera of 64 px, fully annotated, and predictions for them.
struct Scene {
  SamplerConfig model;
  Camera camera;
  Annotation annotation;
};

inline Scene scene(int64_t batch, torch::Dtype dtype = torch::kFloat32) {
  Scene s;
  s.model.image_size = 64;
  s.camera = {torch::full({batch, 2}, 300.0, dtype), torch::full({batch, 2}, 31.5, dtype),
              torch::eye(3, dtype).expand({batch, 3, 3})};
  const torch::Tensor turn = normal_tensor({batch, 3}, Seed{9}).to(dtype);
  s.annotation.pose = pose_from(random_interaction(batch, 4, dtype), matrix_from_axis_angle(turn));
  s.annotation.root_in_camera = torch::tensor({0.02, -0.01, 1.1}, torch::kFloat64).to(dtype).expand({batch, 3});
  s.annotation.joints_in_camera = torch::zeros({batch, 2, 21, 3}, dtype);
  s.annotation.joint_valid = torch::zeros({batch, 2, 21}, torch::kBool);
  s.annotation.has_mano = torch::ones({batch, 2}, torch::kBool);
  s.annotation.mask = torch::zeros({batch, 2, 16, 16}, dtype);
  s.annotation.mask.slice(2, 4, 8).fill_(1);
  s.annotation.mask_valid = torch::ones({batch}, torch::kBool);
  return s;
}

// A reconstruction equal to the ground truth.
inline Reconstruction perfect(const SamplerTruth& truth) {
  Reconstruction out;
  const int64_t batch = truth.tau.size(0);
  const auto zeros = [&](int64_t count) { return torch::zeros({batch, count}, truth.tau.options()); };
  out.features.iah = truth.heatmap.maps;
  out.features.mask_logit = (truth.mask * 2 - 1) * 50;
  out.features.tau = truth.tau;
  out.conditional.z = {zeros(4), zeros(4)};
  out.conditional.view = {
      truth.pose.right.rotations.select(1, 0), zeros(3), truth.view_camera, truth.pose.left.rotations.select(1, 0),
      torch::stack(
          {rot6d_from_matrix(truth.pose.right.rotations.select(1, 0)), rot6d_from_matrix(truth.pose.left.rotations.select(1, 0))},
          1)};
  out.interaction = truth.interaction;
  out.pose = truth.pose;
  return out;
}

inline double value_of(const Terms& terms, const std::string& name) {
  for (const Term& term : terms.list)
    if (term.name == name) return term.value.item<double>();
  return -1;
}

}  // namespace interprior
