#include "interprior/hand/joint_derivatives.h"

#include <torch/types.h>

#include <vector>

#include "interprior/base/full_precision.h"
#include "interprior/base/shape.h"
#include "interprior/hand/skeleton.h"

// Forward kinematics (hand/skinning.cc) with derivatives. If R_k becomes R_k exp([w]x), a point p below joint k with world
// transform [G | t] moves by (G w) x (p - t). A tip is a weighted mean of points, each rigidly attached to one joint; its rest
// position depends on the pose through MANO's pose correctives.
namespace interprior {
namespace {

constexpr int64_t kFingerJoints = kManoJoints - 1, kShapes = 10;

// Generators E_c of SO(3), R exp([w]x) = R + sum_c w_c R E_c + ...: (3,3,3).
torch::Tensor generators(const torch::TensorOptions& options) {
  return torch::tensor(
             {0., 0., 0., 0., 0., -1., 0., 1., 0., 0., 0., 1., 0., 0., 0., -1., 0., 0., 0., -1., 0., 1., 0., 0., 0., 0., 0.},
             options)
      .view({3, 3, 3});
}

torch::Tensor hanging_joints(const torch::TensorOptions& options) {
  torch::Tensor moves = torch::zeros({kManoJoints, kFingerJoints}, torch::kFloat64);
  for (int64_t joint = 1; joint < kManoJoints; ++joint)
    for (int64_t above = joint; above > 0; above = kManoParents[static_cast<size_t>(above)]) moves[joint][above - 1] = 1;
  return moves.to(options);
}

}  // namespace

JointModel::JointModel(const ManoModel& model, Side side, torch::Device device) {
  check_model(model, side_name(side));
  const auto moved = [&](const torch::Tensor& tensor) { return tensor.to(device, torch::kFloat64).contiguous(); };
  const auto of_tips = [&](const torch::Tensor& tensor) { return moved(tensor.index_select(0, model.tips)); };
  rest_ = moved(model.J_regressor.matmul(model.v_template));
  rest_by_shape_ = moved(torch::einsum("jv,vcs->jcs", {model.J_regressor, model.shapedirs}));
  tip_ = of_tips(model.v_template);
  tip_by_shape_ = of_tips(model.shapedirs);
  tip_by_rotation_ = of_tips(model.posedirs).view({5, 3, kFingerJoints, 3, 3});
  tip_weights_ = of_tips(model.weights);
  moves_ = hanging_joints(rest_.options());
  order_ = torch::tensor(std::vector<int64_t>(kFromMano.begin(), kFromMano.end())).to(device);
}

JointModel::Chain JointModel::chain(const torch::Tensor& fingers, const torch::Tensor& shape) const {
  ShapeCheck check("JointModel");
  check(fingers, "fingers", {"B", kFingerJoints, 3, 3})(shape, "shape", {"B", kShapes});
  const int64_t batch = shape.size(0);
  const torch::TensorOptions options = rest_.options();
  const torch::Tensor rest = rest_ + torch::einsum("jcs,bs->bjc", {rest_by_shape_, shape});
  std::vector<torch::Tensor> turn = {torch::eye(3, options).expand({batch, 3, 3})};
  std::vector<torch::Tensor> place = {torch::zeros({batch, 3}, options)};
  for (int64_t joint = 1; joint < kManoJoints; ++joint) {
    const int64_t parent = kManoParents[static_cast<size_t>(joint)];
    const auto above = static_cast<size_t>(parent);
    const torch::Tensor bone = rest.select(1, joint) - rest.select(1, parent);
    place.push_back(place[above] + torch::matmul(turn[above], bone.unsqueeze(2)).squeeze(2));
    turn.push_back(torch::matmul(turn[above], fingers.select(1, joint - 1)));
  }
  const torch::Tensor corrective = torch::einsum("pckrs,bkrs->bpc", {tip_by_rotation_, fingers - torch::eye(3, options)});
  const torch::Tensor tip = tip_ + torch::einsum("pcs,bs->bpc", {tip_by_shape_, shape}) + corrective;
  Chain chain{torch::stack(turn, 1), torch::stack(place, 1), {}};
  chain.carried = torch::einsum("bjcd,bpjd->bpjc", {chain.turn, tip.unsqueeze(2) - rest.unsqueeze(1)}) + chain.place.unsqueeze(1);
  return chain;
}

torch::Tensor JointModel::Chain::joints(const torch::Tensor& tip_weights) const {
  return torch::cat({place, (carried * tip_weights.unsqueeze(-1)).sum(2)}, 1);
}

torch::Tensor JointModel::joints(const torch::Tensor& fingers, const torch::Tensor& shape) const {
  const FullPrecision full_precision;
  return chain(fingers, shape).joints(tip_weights_).index_select(1, order_);
}

MovingJoints JointModel::operator()(const torch::Tensor& fingers, const torch::Tensor& shape) const {
  const FullPrecision full_precision;
  const Chain world = chain(fingers, shape);
  const torch::Tensor &g = world.turn, &t = world.place;
  const int64_t batch = shape.size(0);
  const torch::TensorOptions options = rest_.options();
  std::vector<torch::Tensor> place_by_shape = {torch::zeros({batch, 3, kShapes}, options)};
  for (int64_t joint = 1; joint < kManoJoints; ++joint) {
    const int64_t parent = kManoParents[static_cast<size_t>(joint)];
    place_by_shape.push_back(place_by_shape[static_cast<size_t>(parent)] +
                             torch::matmul(g.select(1, parent), rest_by_shape_[joint] - rest_by_shape_[parent]));
  }
  const torch::Tensor t_by_shape = torch::stack(place_by_shape, 1);

  const torch::Tensor weighted = world.carried * tip_weights_.unsqueeze(-1);

  // Sums over the descendants of joint k of weight * point, and of the weights: (B,21,15,3), (21,15).
  const torch::Tensor hanging =
      torch::cat({t.unsqueeze(2) * moves_.unsqueeze(-1), torch::einsum("bpjc,jk->bpkc", {weighted, moves_})}, 1);
  const torch::Tensor share = torch::cat({moves_, tip_weights_.matmul(moves_)});
  const torch::Tensor finger_turn = g.slice(1, 1), arm = hanging - share.unsqueeze(-1) * t.slice(1, 1).unsqueeze(1);
  // (G e_c) x arm: (B,21,15,3,3), the last two dimensions for w and p.
  const torch::Tensor axes = finger_turn.transpose(2, 3).unsqueeze(1).expand({batch, kJoints, kFingerJoints, 3, 3});
  torch::Tensor by_rotation = torch::linalg_cross(axes, arm.unsqueeze(3).expand_as(axes), -1).permute({0, 1, 4, 2, 3});

  const torch::Tensor blended = torch::einsum("pj,bjcd->bpcd", {tip_weights_, g});
  const torch::Tensor turned = torch::einsum("bkrs,ast->bkart", {fingers, generators(options)});
  const torch::Tensor tip_moves = torch::einsum("pdkrs,bkars->bpdka", {tip_by_rotation_, turned});
  const torch::Tensor corrected = torch::einsum("bpcd,bpdka->bpcka", {blended, tip_moves});
  by_rotation = torch::cat({by_rotation.slice(1, 0, kManoJoints), by_rotation.slice(1, kManoJoints) + corrected}, 1);

  // sum_j w_j (G_j (d tip - d rest_j) + d t_j).
  const torch::Tensor tip_by_shape =
      torch::einsum("bpcd,pds->bpcs", {blended, tip_by_shape_}) +
      torch::einsum("pj,bjcs->bpcs", {tip_weights_, t_by_shape - torch::matmul(g, rest_by_shape_)});
  const torch::Tensor by_shape = torch::cat({t_by_shape, tip_by_shape}, 1);
  return {world.joints(tip_weights_).index_select(1, order_), by_rotation.index_select(1, order_),
          by_shape.index_select(1, order_)};
}

torch::Tensor JointModel::rest_middle_mcp(const torch::Tensor& shape) const {
  const int64_t knuckle = kFromMano[kMiddleMcp];
  return rest_[knuckle] - rest_[0] + torch::matmul(shape, rest_knuckle_by_shape().t());
}

torch::Tensor JointModel::rest_knuckle_by_shape() const { return rest_by_shape_[kFromMano[kMiddleMcp]] - rest_by_shape_[0]; }

}  // namespace interprior
