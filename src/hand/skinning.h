#pragma once
#include <torch/types.h>

#include "interprior/hand/pose.h"

namespace interprior {

// What is constant about one side's hand, on one device in one precision. Coordinates come before vertices ("planes": all x, then
// all y, then all z), so that every product over vertices runs along neighbouring memory.
struct SkinningModel {
  torch::Tensor v_template;                   // (3V), planes
  torch::Tensor blend_basis;                  // (145,3V), planes: shape directions, then pose directions
  torch::Tensor joint_template, joint_basis;  // (48), (10,48): the regressor applied to template and shape directions
  torch::Tensor weights;                      // (V,16)
  torch::Tensor tips;                         // (5) vertices
  torch::Tensor ours_from_native;             // (21): ours[i] = native[ours_from_native[i]], native = MANO's 16, then tips
  torch::Tensor native_from_ours;             // (21), its inverse
};

// Rest joints of a shape (B,10) -> (B,16,3), MANO's frame and order.
torch::Tensor rest_joints(const SkinningModel& model, const torch::Tensor& shape);

// MANO joints (B,16,3) and tips (B,5,3) -> (B,21,3) in the order of hand/skeleton.h.
torch::Tensor in_our_order(const SkinningModel& model, const torch::Tensor& mano_joints, const torch::Tensor& tips);

// The hand of a pose. Its derivative is written by hand; there is no second one: a backward pass that builds a graph of its own
// (create_graph) throws Error. Without gradients nothing is kept.
HandMesh skinned(const SkinningModel& model, const HandPose& pose);

}  // namespace interprior
