#pragma once
#include <torch/types.h>

#include "interprior/hand/mano_model.h"
#include "interprior/hand/pose.h"

namespace interprior {

// Linear blend skinning of one side, differentiable in all arguments, on any device, for any vertex count.
// Not a torch module on purpose: a checkpoint can never contain licensed hand data.
class ManoLayer {
 public:
  // Throws Error when the model is not a valid one (check_model).
  ManoLayer(const ManoModel& model, Side side, torch::Device device = torch::kCPU, torch::Dtype dtype = torch::kFloat32);

  // Shapes as in HandPose; throws Error on others. Joints are the kinematic chain's, tips are vertices. Computed in the
  // layer's own precision, whatever the inputs' precision and autocast.
  HandMesh operator()(const HandPose& pose) const;

  // J0 (B,3): the rest wrist of a shape, in MANO's own frame: wrist = J0(shape) + MANO's translation.
  torch::Tensor rest_wrist(const torch::Tensor& shape) const;
  // The rest middle knuckle minus the rest wrist (B,3) m: linear in the shape, turned by the wrist rotation only.
  torch::Tensor rest_knuckle(const torch::Tensor& shape) const;
  // Joints regressed from posed vertices plus tips (B,V,3) -> (B,21,3): the benchmarks' joints. They differ from the chain's.
  torch::Tensor regress_joints(const torch::Tensor& vertices) const;

  Side side() const { return side_; }
  int64_t vertex_count() const { return v_template_.size(0); }
  const torch::Tensor& faces() const { return faces_; }         // (F,3) int64, on the CPU

 private:
  torch::Tensor rest_joints_of(const torch::Tensor& shape) const;   // (B,16,3), MANO's frame and order
  torch::Tensor in_our_order(const torch::Tensor& mano_joints, const torch::Tensor& vertices) const;
  torch::Tensor as_layer(const torch::Tensor& tensor) const;        // in the layer's dtype; throws Error on another device

  Side side_;
  torch::Tensor v_template_;                      // (V,3)
  torch::Tensor blend_basis_;                     // (145,3V): shape directions, then pose directions
  torch::Tensor joint_template_, joint_basis_;    // (16,3), (10,48): the regressor applied to template and shape directions
  torch::Tensor weights_, regressor_;             // (V,16), (16,V)
  torch::Tensor tips_, order_, faces_;
};

// Both layers of a hand file.
struct TwoHands {
  PerHand<ManoLayer> layer;
  std::string source, hash;      // of the hand file

  explicit TwoHands(const HandModel& model, torch::Device device = torch::kCPU, torch::Dtype dtype = torch::kFloat32);
  PerHand<HandMesh> operator()(const PerHand<HandPose>& pose) const;
};

}  // namespace interprior
