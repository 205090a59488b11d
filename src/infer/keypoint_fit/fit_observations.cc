#include "fit_observations.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "interprior/geometry/crop.h"

namespace interprior {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kMinSide = 1;  // px, of a box of keypoints
constexpr int64_t kCropSize = 256, kShapes = 20;

Box box_of(const torch::Tensor& pixels, const torch::Tensor& seen) {
  const torch::Tensor some = pixels.index_select(0, seen.nonzero().squeeze(1));
  const torch::Tensor low = std::get<0>(some.min(0)), high = std::get<0>(some.max(0));
  const auto size = [&](int64_t axis) { return std::max((high[axis] - low[axis]).item<double>(), kMinSide); };
  return {low[0].item<double>(), low[1].item<double>(), size(0), size(1)};
}

torch::Tensor directions(const torch::Tensor& pixels, const Pinhole& camera) {
  const torch::Tensor x = (pixels.select(1, 0) - camera.cx) / camera.fx, y = (pixels.select(1, 1) - camera.cy) / camera.fy;
  return torch::stack({x, y, torch::ones_like(x)}, 1);
}

}  // namespace

torch::Tensor Observed::pixel_distances(const torch::Tensor& joints_in_camera) const {
  const torch::Tensor z = joints_in_camera.select(1, 2).clamp_min(kNearPlane);
  const torch::Tensor u = joints_in_camera.select(1, 0) / z * camera.fx + camera.cx;
  const torch::Tensor v = joints_in_camera.select(1, 1) / z * camera.fy + camera.cy;
  const torch::Tensor distance = (torch::stack({u, v}, 1) - pixels).norm(2, {1});
  return torch::where(seen, distance, torch::full_like(distance, kNaN));
}

Observed observed_from(const FitTarget& target, double sigma) {
  Observed out;
  out.camera = target.camera;
  const torch::TensorOptions options(torch::kFloat64);
  torch::Tensor pixels = torch::zeros({kPairJoints, 2}, options), confidence = torch::zeros({kPairJoints}, options);
  torch::Tensor depth = torch::zeros({kPairJoints}, options), depth_confidence = torch::zeros({kPairJoints}, options);
  torch::Tensor joint = torch::zeros({kPairJoints, 3}, options), joint_confidence = torch::zeros({kPairJoints}, options);
  const double focal = std::sqrt(target.camera.fx * target.camera.fy);
  for (const Side side : kSides) {
    if (!target.keypoints.hand[side]) continue;
    const HandKeypoints& hand = *target.keypoints.hand[side];
    for (int64_t i = 0; i < kJoints; ++i) {
      const int64_t row = static_cast<int64_t>(side) * kJoints + i;
      const auto at = static_cast<size_t>(i);
      const Keypoint& point = hand.joints[at];
      pixels[row][0] = point.x;
      pixels[row][1] = point.y;
      confidence[row] = point.confidence;
      if (hand.relative_depth && point.confidence > 0) {
        depth[row] = (*hand.relative_depth)[at] / focal;
        depth_confidence[row] = point.confidence;
      }
      if (!hand.joints_in_camera) continue;
      const Vector3& x = (*hand.joints_in_camera)[at];
      for (int64_t axis = 0; axis < 3; ++axis) joint[row][axis] = x[axis];
      const auto [u, v] = target.camera.project({x[0], x[1], std::max(x[2], kNearPlane)});
      pixels[row][0] = u;
      pixels[row][1] = v;
      joint_confidence[row] = 1;
      confidence[row] = 0;  // the 3D joint replaces its keypoint
      depth_confidence[row] = 0;
    }
  }
  const torch::Tensor given = confidence + joint_confidence;
  out.pixels = pixels;
  out.seen = given > 0;
  out.joints_seen = out.seen.sum().item<int64_t>();
  if (out.joints_seen == 0) return out;
  out.box = box_of(pixels, out.seen);
  const Matrix3 turn = crop_camera(target.camera, out.box, kCropSize).crop_from_original;
  out.crop_from_camera = torch::tensor(std::vector<double>(turn.data(), turn.data() + turn.size()), options).view({3, 3});
  const torch::Tensor ray = directions(pixels, target.camera).matmul(out.crop_from_camera.t());
  // Joints that were not seen may be anywhere, even behind this camera.
  const torch::Tensor z = torch::where(out.seen, ray.select(1, 2), torch::ones_like(given)).clamp_min(kNearPlane);
  const torch::Tensor point = torch::where(out.seen.unsqueeze(1), ray.slice(1, 0, 2) / z.unsqueeze(1), torch::zeros_like(pixels));
  out.rows = {point.unsqueeze(0),
              confidence.unsqueeze(0),
              torch::full({1}, sigma * std::max(out.box.width, out.box.height) / focal, options),
              depth.unsqueeze(0),
              depth_confidence.unsqueeze(0),
              joint.matmul(out.crop_from_camera.t()).unsqueeze(0),
              joint_confidence.unsqueeze(0),
              torch::zeros({1, kPairJoints, 3}, options),
              torch::zeros({1}, options),
              torch::zeros({1, kShapes}, options),
              torch::zeros({1}, options)};
  return out;
}

FitObservations batch_of(const std::vector<Observed>& observed, torch::Device device) {
  FitObservations batch;
  for (const auto member : kObservationTensors) {
    std::vector<torch::Tensor> all;
    for (const Observed& one : observed) all.push_back(one.rows.*member);
    batch.*member = torch::cat(all).to(device);
  }
  return batch;
}

FitObservations exchanged(const FitObservations& seen) {
  FitObservations other = seen;
  for (torch::Tensor FitObservations::*member :
       {&FitObservations::point, &FitObservations::confidence, &FitObservations::depth, &FitObservations::depth_confidence,
        &FitObservations::joint, &FitObservations::joint_confidence})
    other.*member = torch::roll(seen.*member, kJoints, 1);
  return other;
}

}  // namespace interprior
