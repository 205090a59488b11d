#pragma once
#include <torch/types.h>

#include <memory>

#include "interprior/hand/mano_model.h"
#include "interprior/hand/pose.h"

namespace interprior {

struct SkinningModel;

// The faces around each vertex. The area-weighted outward normal of a vertex is the sum over its R rows of
// (first corner - vertex) x (second corner - vertex).
struct VertexFans {
  torch::Tensor corners;  // (V,R,2) int64: the two other corners of each face of a vertex, in the face's order; unused rows hold
                          // the vertex itself
  torch::Tensor on_rim;   // (V) bool: vertices of the open edge at the wrist, where the surface ends
};

// MANO layer of one side: linear blend skinning, once differentiable in all arguments, on any device, for any vertex count.
// Deliberately not a torch module, so that no checkpoint contains licensed hand data.
class ManoLayer {
 public:
  // Throws Error if the model is invalid (check_model).
  ManoLayer(const ManoModel& model, Side side, torch::Device device = torch::kCPU, torch::Dtype dtype = torch::kFloat32);

  // Shapes as in HandPose; throws Error on others. Joints are those of the kinematic chain, tips are vertices. Computed in the
  // layer's own precision, independent of the inputs' precision and autocast. The backward pass is hand-written and not
  // differentiable: backward with create_graph throws Error.
  HandMesh operator()(const HandPose& pose) const;

  // J0 (B,3): the rest wrist of a shape, in MANO's own frame: wrist = J0(shape) + MANO's translation.
  torch::Tensor rest_wrist(const torch::Tensor& shape) const;
  // The rest middle MCP joint minus the rest wrist (B,3) m: linear in the shape, rotated by the wrist rotation only.
  torch::Tensor rest_middle_mcp(const torch::Tensor& shape) const;
  // Joints regressed from posed vertices plus tips (B,V,3) -> (B,21,3), as the benchmarks do; differ from the chain's joints.
  torch::Tensor regress_joints(const torch::Tensor& vertices) const;

  Side side() const { return side_; }
  int64_t vertex_count() const { return regressor_.size(1); }
  const torch::Tensor& faces() const { return faces_; }  // (F,3) int64, on the CPU
  const torch::Tensor& faces_on_device() const { return faces_on_device_; }
  const VertexFans& fans() const { return fans_; }  // on the layer's device

 private:
  torch::Tensor as_layer(const torch::Tensor& tensor) const;  // casts to the layer's dtype; throws Error on another device

  Side side_;
  std::shared_ptr<const SkinningModel> skinning_;
  torch::Tensor regressor_, faces_, faces_on_device_;  // (16,V), (F,3)
  VertexFans fans_;
};

// The MANO layers of both hands of a hand file.
struct TwoHands {
  PerHand<ManoLayer> layer;
  std::string source, hash;  // of the hand file
  HandModel model;           // as read, on the CPU

  explicit TwoHands(const HandModel& model, torch::Device device = torch::kCPU, torch::Dtype dtype = torch::kFloat32);
  PerHand<HandMesh> operator()(const PerHand<HandPose>& pose) const;
};

}  // namespace interprior
