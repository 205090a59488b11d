#include "skinning.h"

#include <torch/autograd.h>
#include <torch/types.h>

#include <vector>

#include "interprior/base/error.h"
#include "interprior/base/full_precision.h"
#include "interprior/hand/skeleton.h"
#include "planes.h"

// Linear blend skinning (Romero et al. 2017; Loper et al. 2015) in four steps, followed by their backward pass:
//   posed    = template + basis^T (shape, R - I)            the rest surface with shape and pose correctives
//   world_j  = world_parent(j) [R_j | rest_j - rest_parent]  the kinematic chain, world_0 = [R_0 | wrist]
//   blended  = sum_j w_j [G_j | t_j - G_j rest_j]            one transform per vertex, world_j = [G_j | t_j]
//   skin     = blended [posed; 1]
namespace interprior {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t kFingers = 5, kPhalanges = 3, kShapes = 10;

// Intermediate results of the forward pass, saved for the backward pass.
struct Steps {
  torch::Tensor rest;     // (B,16,3)
  torch::Tensor local;    // (B,5,3,3,4): rotation and bone of each finger's joints, MCP joint first
  torch::Tensor world;    // (B,16,3,4)
  torch::Tensor posed;    // (B,3,V)
  torch::Tensor blended;  // (B,3,4,V)
};

torch::Tensor rotation_of(const torch::Tensor& transforms) { return transforms.slice(-1, 0, 3); }
torch::Tensor place_of(const torch::Tensor& transforms) { return transforms.select(-1, 3); }

// MANO stores the joints of a finger consecutively: (B,15,...) -> (B,5,3,...), so each level is one product for five fingers.
torch::Tensor by_finger(const torch::Tensor& joints) { return joints.slice(1, 1).unflatten(1, {kFingers, kPhalanges}); }
// The parent joints of a level; the wrist for the MCP joints.
torch::Tensor parents_of_level(const torch::Tensor& joints, int64_t level) {
  return level > 0 ? by_finger(joints).select(2, level - 1) : joints.slice(1, 0, 1);
}

torch::Tensor posed_surface(const SkinningModel& model, const HandPose& pose) {
  const torch::Tensor feature = (pose.rotations.slice(1, 1) - torch::eye(3, pose.rotations.options())).flatten(1);
  return torch::addmm(model.v_template, torch::cat({pose.shape, feature}, 1), model.blend_basis)
      .view({pose.shape.size(0), 3, model.weights.size(0)});
}

torch::Tensor local_transforms(const torch::Tensor& rotations, const torch::Tensor& rest) {
  const torch::Tensor joints = by_finger(rest), wrist = rest.slice(1, 0, 1).unsqueeze(1).expand({-1, kFingers, -1, -1});
  const torch::Tensor bones = joints - torch::cat({wrist, joints.slice(2, 0, 2)}, 2);
  return torch::cat({by_finger(rotations), bones.unsqueeze(-1)}, -1);
}

torch::Tensor kinematic_chain(const HandPose& pose, const torch::Tensor& local) {
  torch::Tensor world = torch::empty({local.size(0), kManoJoints, 3, 4}, local.options());
  rotation_of(world.select(1, 0)).copy_(pose.rotations.select(1, 0));
  place_of(world.select(1, 0)).copy_(pose.wrist_in_root);
  for (int64_t level = 0; level < kPhalanges; ++level) {
    const torch::Tensor parents = parents_of_level(world, level);
    torch::Tensor joints = by_finger(world).select(2, level);
    joints.copy_(rotation_of(parents).matmul(local.select(2, level)));
    place_of(joints).add_(place_of(parents));
  }
  return world;
}

torch::Tensor blended_transforms(const SkinningModel& model, const torch::Tensor& world, const torch::Tensor& rest) {
  const torch::Tensor offsets = place_of(world).unsqueeze(-1) - rotation_of(world).matmul(rest.unsqueeze(-1));
  const torch::Tensor transforms = torch::cat({rotation_of(world), offsets}, -1).permute({0, 2, 3, 1});  // (B,3,4,16)
  return torch::mm(transforms.reshape({-1, kManoJoints}), model.weights.t()).view({world.size(0), 3, 4, model.weights.size(0)});
}

torch::Tensor applied(const torch::Tensor& blended, const torch::Tensor& posed) {
  torch::Tensor skin = torch::addcmul(blended.select(2, 3), blended.select(2, 0), posed.slice(1, 0, 1));
  skin.addcmul_(blended.select(2, 1), posed.slice(1, 1, 2));
  return skin.addcmul_(blended.select(2, 2), posed.slice(1, 2, 3));
}

HandMesh forward_steps(const SkinningModel& model, const HandPose& pose, Steps& steps) {
  steps.rest = rest_joints(model, pose.shape);
  steps.local = local_transforms(pose.rotations, steps.rest);
  steps.world = kinematic_chain(pose, steps.local);
  steps.posed = posed_surface(model, pose);
  steps.blended = blended_transforms(model, steps.world, steps.rest);
  const torch::Tensor skin = applied(steps.blended, steps.posed);
  const torch::Tensor tips = skin.index_select(2, model.tips).transpose(1, 2);
  return {points_from_planes(skin), in_our_order(model, place_of(steps.world), tips)};
}

// Backward pass: d_x is the derivative of the loss by x. Undefined gradients are zero.
HandPose backward_steps(const SkinningModel& model, const Steps& steps, const torch::Tensor& d_vertices,
                        const torch::Tensor& d_joints) {
  const int64_t batch = steps.world.size(0), vertices = model.weights.size(0);
  torch::Tensor d_skin = d_vertices.defined() ? planes_from_points(d_vertices) : torch::zeros_like(steps.posed);
  torch::Tensor d_world = torch::zeros_like(steps.world);
  if (d_joints.defined()) {
    const torch::Tensor native = d_joints.index_select(1, model.native_from_ours);
    place_of(d_world).copy_(native.slice(1, 0, kManoJoints));
    d_skin.index_add_(2, model.tips, native.slice(1, kManoJoints).transpose(1, 2));
  }

  // skin = blended [posed; 1]
  torch::Tensor d_posed = steps.blended.select(1, 0).slice(1, 0, 3) * d_skin.slice(1, 0, 1);
  for (int64_t axis = 1; axis < 3; ++axis)
    d_posed.addcmul_(steps.blended.select(1, axis).slice(1, 0, 3), d_skin.slice(1, axis, axis + 1));
  const torch::Tensor d_blended_turn = d_skin.unsqueeze(2) * steps.posed.unsqueeze(1);  // (B,3,3,V)

  // blended = sum_j w_j [G_j | t_j - G_j rest_j]
  const torch::Tensor d_turn =
      torch::mm(d_blended_turn.view({batch * 9, vertices}), model.weights).view({batch, 3, 3, kManoJoints});
  const torch::Tensor d_offset =
      torch::mm(d_skin.view({batch * 3, vertices}), model.weights).view({batch, 3, kManoJoints}).transpose(1, 2);
  rotation_of(d_world).copy_(d_turn.permute({0, 3, 1, 2}) - d_offset.unsqueeze(-1) * steps.rest.unsqueeze(-2));
  place_of(d_world).add_(d_offset);
  torch::Tensor d_rest = -rotation_of(steps.world).transpose(-1, -2).matmul(d_offset.unsqueeze(-1)).squeeze(-1);

  // world_j = world_parent(j) [R_j | bone_j], bone_j = rest_j - rest_parent(j)
  torch::Tensor d_rotations = torch::empty({batch, kManoJoints, 3, 3}, d_world.options());
  for (int64_t level = kPhalanges - 1; level >= 0; --level) {
    const torch::Tensor d_joints_here = by_finger(d_world).select(2, level);
    const torch::Tensor d_local = rotation_of(parents_of_level(steps.world, level)).transpose(-1, -2).matmul(d_joints_here);
    const torch::Tensor d_turn_above = d_joints_here.matmul(steps.local.select(2, level).transpose(-1, -2));
    const auto add_to_parents = [level](torch::Tensor parents, const torch::Tensor& part) {
      parents.add_(level > 0 ? part : part.sum(1, /*keepdim=*/true));
    };
    add_to_parents(rotation_of(parents_of_level(d_world, level)), d_turn_above);
    add_to_parents(place_of(parents_of_level(d_world, level)), place_of(d_joints_here));
    add_to_parents(parents_of_level(d_rest, level), -place_of(d_local));
    by_finger(d_rest).select(2, level).add_(place_of(d_local));
    by_finger(d_rotations).select(2, level).copy_(rotation_of(d_local));
  }
  d_rotations.select(1, 0).copy_(rotation_of(d_world.select(1, 0)));

  // posed = template + basis^T (shape, R - I); rest joints are linear in the shape too
  const torch::Tensor d_blend = torch::mm(d_posed.view({batch, 3 * vertices}), model.blend_basis.t());
  d_rotations.slice(1, 1).add_(d_blend.slice(1, kShapes).view({batch, kManoJoints - 1, 3, 3}));
  const torch::Tensor d_shape =
      torch::addmm(d_blend.slice(1, 0, kShapes), d_rest.view({batch, 3 * kManoJoints}), model.joint_basis.t());
  return {d_rotations, d_shape, place_of(d_world.select(1, 0)).contiguous()};
}

class Skinning : public torch::autograd::Function<Skinning> {
 public:
  static variable_list forward(AutogradContext* context, const torch::Tensor& rotations, const torch::Tensor& shape,
                               const torch::Tensor& wrist, const SkinningModel& model) {
    Steps steps;
    const HandMesh mesh = forward_steps(model, {rotations, shape, wrist}, steps);
    context->set_materialize_grads(false);
    context->save_for_backward({steps.rest, steps.local, steps.world, steps.posed, steps.blended, model.blend_basis,
                                model.joint_basis, model.weights, model.tips, model.native_from_ours});
    return {mesh.vertices_in_root, mesh.joints_in_root};
  }

  static variable_list backward(AutogradContext* context, const variable_list& slopes) {
    if (torch::GradMode::is_enabled())
      throw Error("the MANO layer has no second derivative", "ManoLayer", "call backward without create_graph");
    if (!slopes[0].defined() && !slopes[1].defined()) return {{}, {}, {}, {}};
    const FullPrecision full_precision;
    const variable_list kept = context->get_saved_variables();
    const Steps steps{kept[0], kept[1], kept[2], kept[3], kept[4]};
    SkinningModel model;
    model.blend_basis = kept[5];
    model.joint_basis = kept[6];
    model.weights = kept[7];
    model.tips = kept[8];
    model.native_from_ours = kept[9];
    const HandPose slope = backward_steps(model, steps, slopes[0], slopes[1]);
    return {slope.rotations, slope.shape, slope.wrist_in_root, {}};
  }
};

}  // namespace

torch::Tensor rest_joints(const SkinningModel& model, const torch::Tensor& shape) {
  return torch::addmm(model.joint_template, shape, model.joint_basis).view({shape.size(0), kManoJoints, 3});
}

torch::Tensor in_our_order(const SkinningModel& model, const torch::Tensor& mano_joints, const torch::Tensor& tips) {
  return torch::cat({mano_joints, tips}, 1).index_select(1, model.ours_from_native);
}

HandMesh skinned(const SkinningModel& model, const HandPose& pose) {
  const bool with_gradient = torch::GradMode::is_enabled() &&
                             (pose.rotations.requires_grad() || pose.shape.requires_grad() || pose.wrist_in_root.requires_grad());
  if (with_gradient) {
    const variable_list mesh = Skinning::apply(pose.rotations, pose.shape, pose.wrist_in_root, model);
    return {mesh[0], mesh[1]};
  }
  Steps steps;
  return forward_steps(model, pose, steps);
}

}  // namespace interprior
