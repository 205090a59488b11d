#include "fit_energy.h"

#include <torch/autograd.h>
#include <torch/types.h>

#include <utility>

#include "interprior/geometry/rotation.h"
#include "interprior/hand/contact.h"

namespace interprior {
namespace {

constexpr double kDelta = 2;       // standard deviations: from here on distances cost linearly
constexpr double kDepthSigma = 5;  // a relative depth's deviation in those of a point: detectors guess it
constexpr double kShapeWeight = 0.1;
constexpr double kAllowedOverlap = 0.001, kOverlapSigma = 0.001;  // m
constexpr double kTiny = 1e-12;                                   // keeps a root differentiable
constexpr int64_t kShapeAt = 180, kShapes = 20;

// Residuals (B,42,N) in standard deviations, their derivative (B,42,N,S) and weights (B,42) become cost, slope and curvature.
// Pseudo-Huber's cost (Charbonnier et al. 1997), by iteratively reweighted squares.
class Costs {
 public:
  Costs(int64_t batch, int64_t size, const torch::TensorOptions& options)
      : energy_(torch::zeros({batch}, options)),
        slope_(torch::zeros({batch, size}, options)),
        curvature_(torch::zeros({batch, size, size}, options)) {}

  // Returns the weights.
  torch::Tensor add(const torch::Tensor& residual, const torch::Tensor& by_step, const torch::Tensor& confidence) {
    const torch::Tensor root = torch::sqrt(1 + residual.square().sum(-1) / (kDelta * kDelta));
    energy_ = energy_ + (confidence * kDelta * kDelta * (root - 1)).sum(1);
    const torch::Tensor squared = confidence / root, weight = torch::sqrt(squared).unsqueeze(-1);
    const torch::Tensor scaled = (by_step * weight.unsqueeze(-1)).flatten(1, 2);
    slope_ = slope_ + torch::matmul(scaled.transpose(1, 2), (residual * weight).flatten(1).unsqueeze(2)).squeeze(2);
    curvature_ = curvature_ + torch::matmul(scaled.transpose(1, 2), scaled);
    return squared;
  }
  // weight |residual|^2 / 2; residual (B,N), by_step (B,N,S).
  void add_square(const torch::Tensor& residual, const torch::Tensor& by_step, double weight) {
    energy_ = energy_ + 0.5 * weight * residual.square().sum(1);
    slope_ = slope_ + weight * torch::matmul(by_step.transpose(1, 2), residual.unsqueeze(2)).squeeze(2);
    curvature_ = curvature_ + weight * torch::matmul(by_step.transpose(1, 2), by_step);
  }
  void add_code(const torch::Tensor& code) {
    energy_ = energy_ + 0.5 * code.square().sum(1);
    slope_ = torch::cat({slope_.slice(1, 0, code.size(1)) + code, slope_.slice(1, code.size(1))}, 1);
    curvature_.diagonal(0, 1, 2).slice(1, 0, code.size(1)).add_(1);
  }
  FitModel model() const { return {energy_, slope_, curvature_, {}, {}, {}, {}}; }

 private:
  torch::Tensor energy_, slope_, curvature_;
};

// d (R q + root) by the code, the turn and the place of the right wrist: (B,42,3,U+6).
torch::Tensor by_step(const torch::Tensor& by_code, const torch::Tensor& rotation, const torch::Tensor& turned,
                      const torch::Tensor& root) {
  const int64_t batch = root.size(0), joints = turned.size(1);
  const torch::Tensor of_code = torch::einsum("bcd,bjdu->bjcu", {rotation, by_code});
  const torch::Tensor axes = torch::eye(3, root.options()).expand({batch, joints, 3, 3});
  const torch::Tensor of_turn = torch::linalg_cross(axes, turned.unsqueeze(2).expand_as(axes), -1).transpose(2, 3);
  const torch::Tensor sideways = torch::eye(3, root.options()).slice(1, 0, 2) * root.select(1, 2).view({batch, 1, 1});
  const torch::Tensor of_place = torch::cat({sideways, root.unsqueeze(2)}, 2).unsqueeze(1).expand({batch, joints, 3, 3});
  return torch::cat({of_code, of_turn, of_place}, 3);
}

// Root of the summed squares (B,1) of what bones of one hand lie deeper than kAllowedOverlap in the other's, in units of
// kOverlapSigma, and its slope by the joints (B,126). joints (B,42,3).
std::pair<torch::Tensor, torch::Tensor> overlap_of(const torch::Tensor& joints) {
  const torch::AutoGradMode with_gradient(true);
  const torch::Tensor here = joints.detach().clone().requires_grad_(true);
  const auto hands = here.chunk(2, 1);
  const torch::Tensor depth = torch::relu(-capsule_distances({hands[0], hands[1]}) - kAllowedOverlap) / kOverlapSigma;
  const torch::Tensor root = torch::sqrt(depth.square().sum({1, 2}) + kTiny);
  const torch::Tensor slope = torch::autograd::grad({root.sum()}, {here})[0];
  return {root.detach().unsqueeze(1), slope.flatten(1)};
}

torch::Tensor root_of(const torch::Tensor& place) {
  const torch::Tensor depth = place.slice(1, 2).exp();
  return torch::cat({place.slice(1, 0, 2) * depth, depth}, 1);
}

}  // namespace

FitModel FitEnergy::operator()(const FitPoint& point, const FitObservations& seen) const {
  const MovingState state = prior_(point.code);
  const PairJoints pair = joints_(state.state);
  const int64_t batch = point.code.size(0), size = point.code.size(1) + 6;
  const torch::Tensor by_code = torch::matmul(pair.by_state.flatten(1, 2), state.by_code).unflatten(1, {kPairJoints, 3});
  const torch::Tensor turned = torch::matmul(pair.joints, point.rotation.transpose(1, 2)), root = root_of(point.place);
  const torch::Tensor joints = turned + root.unsqueeze(1), slope = by_step(by_code, point.rotation, turned, root);

  Costs costs(batch, size, point.code.options());
  // Points behind the camera cost as if they lay just before it.
  const torch::Tensor z = joints.select(2, 2).clamp_min(kNearPlane), ahead = (joints.select(2, 2) > kNearPlane).unsqueeze(-1);
  const torch::Tensor projected = joints.slice(2, 0, 2) / z.unsqueeze(-1);
  const torch::Tensor by_depth = slope.select(2, 2) * ahead;
  const torch::Tensor scale = (1 / (z * seen.sigma.unsqueeze(1))).unsqueeze(-1).unsqueeze(-1);
  const torch::Tensor residual = (projected - seen.point) / seen.sigma.view({batch, 1, 1});
  const torch::Tensor weight =
      costs.add(residual, (slope.slice(2, 0, 2) - projected.unsqueeze(-1) * by_depth.unsqueeze(2)) * scale, seen.confidence);
  if (seen.depth_confidence.any().item<bool>()) {
    const torch::Tensor wrist = torch::tensor({int64_t{0}, kJoints}).to(z.device()).repeat_interleave(kJoints);
    const torch::Tensor near = z.index_select(1, wrist), near_by_step = by_depth.index_select(1, wrist);
    const torch::Tensor ratio = z / near, deviation = kDepthSigma * seen.sigma.unsqueeze(1);
    costs.add(((ratio - 1 - seen.depth) / deviation).unsqueeze(-1),
              ((by_depth - ratio.unsqueeze(-1) * near_by_step) / (near * deviation).unsqueeze(-1)).unsqueeze(2),
              seen.depth_confidence);
  }
  if (seen.joint_confidence.any().item<bool>())
    costs.add((joints - seen.joint) / joint_sigma_, slope / joint_sigma_, seen.joint_confidence);
  const torch::Tensor shape_by_code = state.by_code.slice(1, kShapeAt, kShapeAt + kShapes);
  costs.add_square(state.state.slice(1, kShapeAt, kShapeAt + kShapes),
                   torch::cat({shape_by_code, torch::zeros({batch, kShapes, 6}, shape_by_code.options())}, 2), kShapeWeight);
  if (apart_) {
    const auto [overlap, by_joints] = overlap_of(pair.joints);
    const torch::Tensor overlap_by_code = torch::matmul(by_joints.unsqueeze(1), by_code.flatten(1, 2));
    costs.add_square(overlap, torch::cat({overlap_by_code, torch::zeros({batch, 1, 6}, by_code.options())}, 2), 1);
  }
  costs.add_code(point.code);
  FitModel model = costs.model();
  model.joints_in_camera = joints;
  model.joints_by_step = slope;
  model.square = (weight * residual.square().sum(-1)).sum(1);
  model.count = 2 * weight.sum(1);
  return model;
}

FitPoint moved(const FitPoint& point, const torch::Tensor& step) {
  const int64_t size = point.code.size(1);
  const auto part = [&](int64_t from, int64_t count) { return step.slice(1, from, from + count); };
  return {point.code + part(0, size), torch::matmul(matrix_from_axis_angle(part(size, 3)), point.rotation),
          point.place + part(size + 3, 3)};
}

}  // namespace interprior
