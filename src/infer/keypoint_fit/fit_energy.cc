#include "fit_energy.h"

#include <torch/autograd.h>
#include <torch/types.h>

#include <cmath>
#include <utility>
#include <vector>

#include "interprior/geometry/rotation.h"
#include "interprior/hand/contact.h"

namespace interprior {
namespace {

constexpr double kDelta = 2;       // standard deviations: scale of the robust cost
constexpr double kDepthSigma = 5;  // standard deviation of a relative depth, in units of a point's: detectors guess depths
constexpr double kShapeWeight = 0.1;
constexpr double kAllowedOverlap = 0.001, kOverlapSigma = 0.001;  // m
constexpr double kTiny = 1e-12;                                   // keeps the square root differentiable
constexpr int64_t kShapeAt = 180, kShapes = 20;

// Numbers that joints depend on, apart from the prior: the 209 of the state, rotation (3) and position (3) of the right wrist.
constexpr int64_t kNumbers = kStateSize + 6;

// Accumulates the energy, the weighted residuals and their Jacobian with respect to those numbers.
class Residuals {
 public:
  Residuals(const torch::Tensor& energy, FitStage stage) : energy_(energy), near_(stage == FitStage::near) {}

  // residual (B,42,N) in standard deviations, by_number (B,42,N,215), confidence (B,42). Far from the solution the cost is
  // pseudo-Huber (Charbonnier et al. 1997), near it Cauchy, so that outliers have little weight; both as reweighted squares.
  void add(const torch::Tensor& residual, const torch::Tensor& by_number, const torch::Tensor& confidence) {
    const torch::Tensor square = 1 + residual.square().sum(-1) / (kDelta * kDelta), root = square.sqrt();
    energy_ = energy_ + kDelta * kDelta * (confidence * (near_ ? root.log() : root - 1)).sum(1);
    const torch::Tensor weight = torch::sqrt(confidence / (near_ ? square : root)).unsqueeze(-1);
    residual_.push_back((residual * weight).flatten(1));
    by_number_.push_back((by_number * weight.unsqueeze(-1)).flatten(1, 2));
  }
  // Adds half the square of residual (B,N); by_number (B,N,215).
  void add_square(const torch::Tensor& residual, const torch::Tensor& by_number) {
    energy_ = energy_ + 0.5 * residual.square().sum(1);
    residual_.push_back(residual);
    by_number_.push_back(by_number);
  }
  torch::Tensor energy() const { return energy_; }
  torch::Tensor residual() const { return torch::cat(residual_, 1); }
  torch::Tensor by_number() const { return torch::cat(by_number_, 1); }

 private:
  torch::Tensor energy_;
  bool near_;
  std::vector<torch::Tensor> residual_, by_number_;
};

torch::Tensor root_of(const torch::Tensor& place) {
  const torch::Tensor depth = place.slice(1, 2).exp();
  return torch::cat({place.slice(1, 0, 2) * depth, depth}, 1);
}

// Joints (B,42,3) m in the camera, and their Jacobian (B,42,3,215).
std::pair<torch::Tensor, torch::Tensor> in_camera(const PairJoints& pair, const FitPoint& point) {
  const torch::Tensor turned = torch::matmul(pair.joints, point.rotation.transpose(1, 2)), root = root_of(point.place);
  const int64_t batch = root.size(0);
  torch::Tensor by_number = torch::empty({batch, kPairJoints, 3, kNumbers}, root.options());
  const auto part = [&](int64_t from, int64_t to) { return by_number.slice(3, from, to); };
  part(0, kStateSize).copy_(torch::matmul(point.rotation.unsqueeze(1), pair.by_state));
  const torch::Tensor axes = torch::eye(3, root.options()).expand({batch, kPairJoints, 3, 3});
  part(kStateSize, kStateSize + 3).copy_(torch::linalg_cross(axes, turned.unsqueeze(2).expand_as(axes), -1).transpose(2, 3));
  const torch::Tensor sideways = torch::eye(3, root.options()).slice(1, 0, 2) * root.select(1, 2).view({batch, 1, 1});
  part(kStateSize + 3, kNumbers).copy_(torch::cat({sideways, root.unsqueeze(2)}, 2).unsqueeze(1));
  return {turned + root.unsqueeze(1), by_number};
}

// Root of the summed squares (B,1) of the capsules' overlap beyond kAllowedOverlap, in units of kOverlapSigma, and its gradient
// by the joints (B,126). joints (B,42,3).
std::pair<torch::Tensor, torch::Tensor> overlap_of(const torch::Tensor& joints) {
  const torch::AutoGradMode with_gradient(true);
  const torch::Tensor here = joints.detach().clone().requires_grad_(true);
  const auto hands = here.chunk(2, 1);
  const torch::Tensor depth = torch::relu(-capsule_distances({hands[0], hands[1]}) - kAllowedOverlap) / kOverlapSigma;
  const torch::Tensor root = torch::sqrt(depth.square().sum({1, 2}) + kTiny);
  const torch::Tensor slope = torch::autograd::grad({root.sum()}, {here})[0];
  return {root.detach().unsqueeze(1), slope.flatten(1)};
}

}  // namespace

torch::Tensor shapes_of(const torch::Tensor& state) { return state.slice(1, kShapeAt, kShapeAt + kShapes); }

torch::Tensor in_step_order(const torch::Tensor& by_leading, const torch::Tensor& by_rest) {
  const int64_t leading = by_leading.size(-1) - 6;
  return torch::cat({by_leading.slice(-1, 0, leading), by_rest, by_leading.slice(-1, leading)}, -1);
}

torch::Tensor slope_of(const FitModel& model, const FitPoint& point) {
  const auto by = [&](const torch::Tensor& rows) { return torch::matmul(model.residual.unsqueeze(1), rows).squeeze(1); };
  return in_step_order(by(model.by_leading), by(model.by_rest)) + torch::constant_pad_nd(point.code, {0, 6});
}

JointsInCamera FitEnergy::joints(const FitPoint& point) const {
  const MovingState moving = prior_(point.code);
  const auto [joints, by_number] = in_camera(joints_(moving.state), point);
  const torch::Tensor by_state = by_number.slice(3, 0, kStateSize).flatten(1, 2);
  const torch::Tensor by_leading =
      torch::cat({by_state.matmul(moving.by_leading), by_number.slice(3, kStateSize).flatten(1, 2)}, 2);
  return {joints, in_step_order(by_leading, prior_.by_rest(by_state)).unflatten(1, {kPairJoints, 3})};
}

FitModel FitEnergy::operator()(const FitPoint& point, const FitObservations& observations) const {
  const MovingState moving = prior_(point.code);
  const PairJoints pair = joints_(moving.state);
  const auto [joints, by_number] = in_camera(pair, point);
  const int64_t batch = point.code.size(0);

  Residuals residuals(0.5 * point.code.square().sum(1), stage_);
  // Points behind the camera are projected with depth kNearPlane.
  const torch::Tensor z = joints.select(2, 2).clamp_min(kNearPlane), ahead = (joints.select(2, 2) > kNearPlane).unsqueeze(-1);
  const torch::Tensor projected = joints.slice(2, 0, 2) / z.unsqueeze(-1);
  const torch::Tensor scale = (1 / (z * observations.sigma.unsqueeze(1))).unsqueeze(-1).unsqueeze(-1);
  const torch::Tensor axes = torch::eye(2, z.options()).expand({batch, kPairJoints, 2, 2});
  const torch::Tensor projection = scale * torch::cat({axes, (-projected * ahead).unsqueeze(-1)}, 3);  // (B,42,2,3)
  const torch::Tensor residual = (projected - observations.point) / observations.sigma.view({batch, 1, 1});
  residuals.add(residual, torch::matmul(projection, by_number), observations.confidence);
  if (observations.depth_confidence.any().item<bool>()) {
    const torch::Tensor wrist = torch::tensor({int64_t{0}, kJoints}).to(z.device()).repeat_interleave(kJoints);
    const torch::Tensor by_depth = by_number.select(2, 2) * ahead, near = z.index_select(1, wrist);
    const torch::Tensor ratio = z / near, deviation = kDepthSigma * observations.sigma.unsqueeze(1);
    const torch::Tensor moves = by_depth - ratio.unsqueeze(-1) * by_depth.index_select(1, wrist);
    residuals.add(((ratio - 1 - observations.depth) / deviation).unsqueeze(-1),
                  (moves / (near * deviation).unsqueeze(-1)).unsqueeze(2), observations.depth_confidence);
  }
  if (observations.joint_confidence.any().item<bool>())
    residuals.add((joints - observations.joint) / joint_sigma_, by_number / joint_sigma_, observations.joint_confidence);
  const torch::Tensor shapes = shapes_of(moving.state);
  const torch::Tensor by_shape = torch::eye(kNumbers, z.options()).slice(0, kShapeAt, kShapeAt + kShapes);
  const double root = std::sqrt(kShapeWeight);
  residuals.add_square(root * shapes, (root * by_shape).expand({batch, kShapes, kNumbers}));
  if (observations.shape_weight.any().item<bool>()) {
    const torch::Tensor strength = observations.shape_weight.sqrt().unsqueeze(1);
    residuals.add_square((shapes - observations.shape) * strength, by_shape * strength.unsqueeze(2));
  }
  if (observations.beside_weight.any().item<bool>()) {
    const torch::Tensor strength = observations.beside_weight.sqrt().view({batch, 1, 1});
    residuals.add_square(((joints - observations.beside) * strength).flatten(1), by_number.flatten(1, 2) * strength);
  }
  if (stage_ == FitStage::near) {
    const auto [overlap, by_joints] = overlap_of(pair.joints);
    residuals.add_square(overlap,
                         torch::constant_pad_nd(torch::matmul(by_joints.unsqueeze(1), pair.by_state.flatten(1, 2)), {0, 6}));
  }
  // For the estimate of sigma, outliers are down-weighted: they would make sigma large and all other points' weights small.
  const torch::Tensor square = residual.square().sum(-1),
                      inlier = observations.confidence / (1 + square / (kDelta * kDelta)).square();
  const torch::Tensor all = residuals.by_number(), by_state = all.slice(2, 0, kStateSize);
  return {residuals.energy(),
          residuals.residual(),
          torch::cat({torch::matmul(by_state, moving.by_leading), all.slice(2, kStateSize)}, 2),
          prior_.by_rest(by_state),
          (inlier * square).sum(1),
          2 * inlier.sum(1)};
}

FitPoint moved(const FitPoint& point, const torch::Tensor& step) {
  const int64_t size = point.code.size(1);
  const auto part = [&](int64_t from, int64_t count) { return step.slice(1, from, from + count); };
  return {point.code + part(0, size), torch::matmul(matrix_from_axis_angle(part(size, 3)), point.rotation),
          point.place + part(size + 3, 3)};
}

}  // namespace interprior
