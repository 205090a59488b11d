#pragma once
#include <torch/types.h>

#include "interprior/hand/pose.h"

namespace interprior {

// The constants of one hand on one device in one precision. Coordinates are stored before vertices ("planes": all x, then all y,
// then all z), so that products over vertices access contiguous memory.
struct SkinningModel {
  torch::Tensor v_template;                   // (3V), planes
  torch::Tensor blend_basis;                  // (145,3V), planes: shape directions, then pose directions
  torch::Tensor joint_template, joint_basis;  // (48), (10,48): the regressor applied to template and shape directions
  torch::Tensor weights;                      // (V,16)
  torch::Tensor tips;                         // (5) vertices
  torch::Tensor ours_from_native;             // (21): kFromMano, from MANO's 16 joints and 5 tips to the order of skeleton.h
  torch::Tensor native_from_ours;             // (21): the inverse
};

// Rest joints of a shape (B,10) -> (B,16,3), MANO's frame and order.
torch::Tensor rest_joints(const SkinningModel& model, const torch::Tensor& shape);

// MANO joints (B,16,3) and tips (B,5,3) -> (B,21,3) in the order of hand/skeleton.h.
torch::Tensor in_our_order(const SkinningModel& model, const torch::Tensor& mano_joints, const torch::Tensor& tips);

// Skins the hand. The backward pass is hand-written and not differentiable: backward with create_graph throws Error. Without
// gradients no intermediate results are saved.
HandMesh skinned(const SkinningModel& model, const HandPose& pose);

}  // namespace interprior
