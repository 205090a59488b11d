#include "interprior/hand/joint_model.h"

#include <torch/types.h>

namespace interprior {
namespace {

constexpr int64_t kRestJoints = 16;

}  // namespace

// Joints at rest are linear in the shape, as vertices are; joints do not move with the pose corrections, tips do.
ManoModel joint_model(const ManoModel& model) {
  const auto with_tips = [&](const torch::Tensor& joints, const torch::Tensor& vertices) {
    return torch::cat({joints, vertices.index_select(0, model.tips)});
  };
  const auto of_joints = [&](const torch::Tensor& vertices) {
    return torch::matmul(model.J_regressor, vertices.flatten(1)).view({kRestJoints, 3, -1});
  };
  ManoModel joints;
  joints.v_template = with_tips(of_joints(model.v_template).squeeze(2), model.v_template);
  joints.shapedirs = with_tips(of_joints(model.shapedirs), model.shapedirs);
  joints.posedirs = with_tips(torch::zeros_like(of_joints(model.posedirs)), model.posedirs);
  const torch::Tensor one_each = torch::eye(kRestJoints, model.weights.options());
  joints.weights = with_tips(one_each, model.weights);
  joints.J_regressor = torch::cat({one_each, torch::zeros({kRestJoints, model.tips.size(0)}, one_each.options())}, 1);
  joints.tips = torch::arange(model.tips.size(0), model.tips.options()) + kRestJoints;
  joints.faces = torch::arange(3, model.faces.options()).unsqueeze(0);
  joints.hands_mean = model.hands_mean;
  return joints;
}

HandModel joint_model(const HandModel& model) {
  return {{joint_model(model.hand.right), joint_model(model.hand.left)}, model.source, model.hash};
}

}  // namespace interprior
