#pragma once
#include <torch/types.h>

#include <memory>

#include "interprior/hand/mano_model.h"
#include "interprior/hand/pose.h"

namespace interprior {

struct SkinningModel;

// The surface around each vertex. A vertex's normal, weighted by the areas of its faces, is the sum over its R rows of
// (first corner - vertex) x (second corner - vertex); it points out of the hand.
struct VertexFans {
  torch::Tensor corners;  // (V,R,2) int64: the two other corners of each face of a vertex, in the face's order; rows that are not
                          // needed hold the vertex itself
  torch::Tensor on_rim;   // (V) bool: vertices of the open edge at the wrist, where the surface ends
};

// Linear blend skinning of one side, differentiable once in all arguments, on any device, for any vertex count.
// Not a torch module on purpose: a checkpoint can never contain licensed hand data.
class ManoLayer {
 public:
  // Throws Error when the model is not a valid one (check_model).
  ManoLayer(const ManoModel& model, Side side, torch::Device device = torch::kCPU, torch::Dtype dtype = torch::kFloat32);

  // Shapes as in HandPose; throws Error on others. Joints are the kinematic chain's, tips are vertices. Computed in the
  // layer's own precision, whatever the inputs' precision and autocast. The derivative is written by hand and has none of its
  // own: backward with create_graph throws Error.
  HandMesh operator()(const HandPose& pose) const;

  // J0 (B,3): the rest wrist of a shape, in MANO's own frame: wrist = J0(shape) + MANO's translation.
  torch::Tensor rest_wrist(const torch::Tensor& shape) const;
  // The rest middle knuckle minus the rest wrist (B,3) m: linear in the shape, turned by the wrist rotation only.
  torch::Tensor rest_knuckle(const torch::Tensor& shape) const;
  // Joints regressed from posed vertices plus tips (B,V,3) -> (B,21,3): the benchmarks' joints. They differ from the chain's.
  torch::Tensor regress_joints(const torch::Tensor& vertices) const;

  Side side() const { return side_; }
  int64_t vertex_count() const { return regressor_.size(1); }
  const torch::Tensor& faces() const { return faces_; }  // (F,3) int64, on the CPU
  const torch::Tensor& faces_on_device() const { return faces_on_device_; }
  const VertexFans& fans() const { return fans_; }  // on the layer's device

 private:
  torch::Tensor as_layer(const torch::Tensor& tensor) const;  // in the layer's dtype; throws Error on another device

  Side side_;
  std::shared_ptr<const SkinningModel> skinning_;
  torch::Tensor regressor_, faces_, faces_on_device_;  // (16,V), (F,3)
  VertexFans fans_;
};

// Both layers of a hand file.
struct TwoHands {
  PerHand<ManoLayer> layer;
  std::string source, hash;  // of the hand file
  HandModel model;           // as read, on the CPU

  explicit TwoHands(const HandModel& model, torch::Device device = torch::kCPU, torch::Dtype dtype = torch::kFloat32);
  PerHand<HandMesh> operator()(const PerHand<HandPose>& pose) const;
};

}  // namespace interprior
