#include "interprior/hand/mano_layer.h"

#include <torch/types.h>

#include <vector>

#include "interprior/base/error.h"
#include "interprior/base/shape.h"
#include "interprior/hand/skeleton.h"

namespace interprior {
namespace {

constexpr int64_t kFingers = 5, kPhalanges = 3, kShapes = 10, kManoMiddleKnuckle = kFromMano[kMiddleKnuckle];

// (V,3,N) directions as (N,3V), so that a blend of all vertices is one matrix product.
torch::Tensor flat_basis(const torch::Tensor& directions) { return directions.flatten(0, 1).t().contiguous(); }

torch::Tensor turned(const torch::Tensor& rotations, const torch::Tensor& vectors) {
  return rotations.matmul(vectors.unsqueeze(-1)).squeeze(-1);
}

struct Chain {
  torch::Tensor rotations;      // (B,16,3,3)
  torch::Tensor translations;   // (B,16,3)
};

// Forward kinematics: MANO keeps the three joints of a finger together, so each level is one product for five fingers.
Chain kinematic_chain(const torch::Tensor& rotations, const torch::Tensor& rest_joints, const torch::Tensor& wrist) {
  const int64_t batch = rotations.size(0);
  const torch::Tensor local = rotations.slice(1, 1).reshape({batch, kFingers, kPhalanges, 3, 3});
  const torch::Tensor rest = rest_joints.slice(1, 1).reshape({batch, kFingers, kPhalanges, 3});
  torch::Tensor rotation = rotations.slice(1, 0, 1);        // (B,1,3,3), broadcast over the fingers at the first level
  torch::Tensor translation = wrist.unsqueeze(1);           // (B,1,3)
  torch::Tensor rest_parent = rest_joints.slice(1, 0, 1);
  std::vector<torch::Tensor> level_rotations, level_translations;
  for (int64_t level = 0; level < kPhalanges; ++level) {
    const torch::Tensor rest_joint = rest.select(2, level);
    translation = translation + turned(rotation, rest_joint - rest_parent);
    rotation = rotation.matmul(local.select(2, level));
    rest_parent = rest_joint;
    level_rotations.push_back(rotation);
    level_translations.push_back(translation);
  }
  return {torch::cat({rotations.slice(1, 0, 1), torch::stack(level_rotations, 2).flatten(1, 2)}, 1),
          torch::cat({wrist.unsqueeze(1), torch::stack(level_translations, 2).flatten(1, 2)}, 1)};
}

}  // namespace

ManoLayer::ManoLayer(const ManoModel& model, Side side, torch::Device device, torch::Dtype dtype) : side_(side) {
  check_model(model, side_name(side));
  const auto moved = [&](const torch::Tensor& tensor) { return tensor.to(device, dtype).contiguous(); };
  v_template_ = moved(model.v_template);
  blend_basis_ = moved(torch::cat({flat_basis(model.shapedirs), flat_basis(model.posedirs)}));
  weights_ = moved(model.weights);
  regressor_ = moved(model.J_regressor);
  joint_template_ = moved(model.J_regressor.matmul(model.v_template));
  joint_basis_ = moved(flat_basis(torch::einsum("jv,vcs->jcs", {model.J_regressor, model.shapedirs})));
  tips_ = model.tips.to(device);
  order_ = torch::tensor(std::vector<int64_t>(kFromMano.begin(), kFromMano.end())).to(device);
  faces_ = model.faces.to(torch::kCPU, torch::kInt64).contiguous();
}

HandMesh ManoLayer::operator()(const HandPose& pose) const {
  ShapeCheck check("ManoLayer");
  check(pose.rotations, "rotations", {"B", kManoJoints, 3, 3});
  check(pose.shape, "shape", {"B", kShapes});
  check(pose.wrist_in_root, "wrist_in_root", {"B", 3});
  const c10::impl::ExcludeDispatchKeyGuard full_precision(c10::autocast_dispatch_keyset);
  const torch::Tensor rotations = as_layer(pose.rotations), shape = as_layer(pose.shape), wrist = as_layer(pose.wrist_in_root);
  const int64_t batch = rotations.size(0), vertices = vertex_count();

  const torch::Tensor identity = torch::eye(3, rotations.options());
  const torch::Tensor pose_feature = (rotations.slice(1, 1) - identity).flatten(1);
  const torch::Tensor posed = torch::addmm(v_template_.flatten(), torch::cat({shape, pose_feature}, 1), blend_basis_)
                                  .view({batch, vertices, 1, 3});

  const torch::Tensor rest_joints = rest_joints_of(shape);
  const Chain chain = kinematic_chain(rotations, rest_joints, wrist);
  const torch::Tensor offsets = chain.translations - turned(chain.rotations, rest_joints);
  const torch::Tensor transforms = torch::cat({chain.rotations, offsets.unsqueeze(-1)}, -1).view({batch, kManoJoints, 12});
  const torch::Tensor blended = weights_.matmul(transforms).view({batch, vertices, 3, 4});
  // A product and a sum: batched 3x3 matrix products would be several times slower.
  const torch::Tensor skin = (blended.slice(-1, 0, 3) * posed).sum(-1) + blended.select(-1, 3);
  return {skin, in_our_order(chain.translations, skin)};
}

torch::Tensor ManoLayer::rest_wrist(const torch::Tensor& shape) const {
  ShapeCheck("rest_wrist")(shape, "shape", {"B", kShapes});
  return rest_joints_of(as_layer(shape)).select(1, 0);
}

torch::Tensor ManoLayer::rest_knuckle(const torch::Tensor& shape) const {
  ShapeCheck("rest_knuckle")(shape, "shape", {"B", kShapes});
  const torch::Tensor joints = rest_joints_of(as_layer(shape));
  return joints.select(1, kManoMiddleKnuckle) - joints.select(1, 0);
}

torch::Tensor ManoLayer::regress_joints(const torch::Tensor& vertices) const {
  ShapeCheck("regress_joints")(vertices, "vertices", {"B", vertex_count(), 3});
  const c10::impl::ExcludeDispatchKeyGuard full_precision(c10::autocast_dispatch_keyset);
  const torch::Tensor skin = as_layer(vertices);
  return in_our_order(regressor_.matmul(skin), skin);
}

torch::Tensor ManoLayer::rest_joints_of(const torch::Tensor& shape) const {
  const c10::impl::ExcludeDispatchKeyGuard full_precision(c10::autocast_dispatch_keyset);
  return torch::addmm(joint_template_.flatten(), shape, joint_basis_).view({shape.size(0), kManoJoints, 3});
}

torch::Tensor ManoLayer::in_our_order(const torch::Tensor& mano_joints, const torch::Tensor& vertices) const {
  return torch::cat({mano_joints, vertices.index_select(1, tips_)}, 1).index_select(1, order_);
}

torch::Tensor ManoLayer::as_layer(const torch::Tensor& tensor) const {
  if (tensor.device() != v_template_.device())
    throw Error(c10::str("a hand pose on ", tensor.device(), " met a MANO layer on ", v_template_.device()), "ManoLayer",
                "move one of them");
  return tensor.to(v_template_.scalar_type());
}

TwoHands::TwoHands(const HandModel& model, torch::Device device, torch::Dtype dtype)
    : layer{ManoLayer(model.hand.right, Side::right, device, dtype), ManoLayer(model.hand.left, Side::left, device, dtype)},
      source(model.source),
      hash(model.hash) {}

PerHand<HandMesh> TwoHands::operator()(const PerHand<HandPose>& pose) const {
  return {layer.right(pose.right), layer.left(pose.left)};
}

}  // namespace interprior
