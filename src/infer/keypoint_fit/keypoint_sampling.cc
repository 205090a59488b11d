#include "interprior/infer/keypoint_fit/keypoint_sampling.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "interprior/base/error.h"

namespace interprior {
namespace {

constexpr double kConfident = 0.25;  // of the hand's highest confidence
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Keypoints of one hand, px; a joint given in 3D replaces its keypoint, with confidence 1. Confidence 0: not seen.
std::array<Keypoint, kJoints> pixels_of(const HandKeypoints& hand, const Pinhole& camera) {
  std::array<Keypoint, kJoints> points = hand.joints;
  if (!hand.joints_in_camera) return points;
  for (size_t i = 0; i < points.size(); ++i) {
    const Vector3& x = (*hand.joints_in_camera)[i];
    const auto [u, v] = camera.project({x[0], x[1], std::max(x[2], kNearPlane)});
    points[i] = {u, v, 1};
  }
  return points;
}

}  // namespace

FoundJoints found_joints(const std::vector<FitTarget>& targets) {
  const auto batch = static_cast<int64_t>(targets.size());
  torch::Tensor place = torch::zeros({batch, 2 * kJoints, 2}, torch::kFloat64),
                found = torch::zeros({batch, 2 * kJoints}, torch::kBool);
  auto x = place.accessor<double, 3>();
  auto is_found = found.accessor<bool, 2>();
  for (int64_t row = 0; row < batch; ++row) {
    const FitTarget& target = targets[static_cast<size_t>(row)];
    for (const Side side : kSides) {
      if (!target.keypoints.hand[side]) continue;
      const std::array<Keypoint, kJoints> points = pixels_of(*target.keypoints.hand[side], target.camera);
      double highest = 0;
      for (const Keypoint& point : points) highest = std::max(highest, point.confidence);
      for (int64_t i = 0; i < kJoints; ++i) {
        const Keypoint& point = points[static_cast<size_t>(i)];
        const int64_t joint = static_cast<int64_t>(side) * kJoints + i;
        x[row][joint][0] = point.x;
        x[row][joint][1] = point.y;
        is_found[row][joint] = point.confidence > 0 && point.confidence >= kConfident * highest;
      }
    }
  }
  return without_scattered({place, found});
}

KeypointSample sample_keypoints(Sampler network, const std::vector<FitTarget>& targets, const TwoHands& hands) {
  const torch::NoGradGuard no_grad;
  const SamplerConfig& model = network->config();
  require_keypoints_suffice(model);
  const FoundJoints found = found_joints(targets);
  require(found.found.any(1).all().item<bool>(), c10::str("no hand has ", kMinFound, " joints that were seen"), "keypoints",
          "give the joints of at least one hand");
  std::vector<Pinhole> images;
  for (const FitTarget& target : targets) images.push_back(target.camera);
  KeypointSample sample;
  sample.crops = crops_about(found, images, model.image_size);
  const torch::Device device = hands.layer.right.fans().corners.device();
  sample.camera = cameras_of(sample.crops.crops, device);
  sample.reconstruction = network->from_cues(
      keypoint_cues(model, {sample.crops.joints.place.to(device), sample.crops.joints.found.to(device)}), hands);
  return sample;
}

SampledStart sampled_start(Sampler network, const std::vector<FitTarget>& targets, const TwoHands& hands) {
  require(network->has_alignment(), "the sampler's code is not the prior's: decoder is " + name_of(network->config().decoder),
          "model.decoder", "use one that was trained with prior");
  const KeypointSample sample = sample_keypoints(network, targets, hands);
  const Conditional& conditional = sample.reconstruction.conditional;
  const HandsInCamera placed =
      in_original_camera(sample.reconstruction.pose, conditional.view.camera, sample.camera, network->config().image_size);
  return {network->prior()->decode_state(conditional.z.mean), placed.pose.right.rotations.select(1, 0), placed.root_in_camera};
}

KeypointResidual keypoint_residual(const FitTarget& target, const PerHand<torch::Tensor>& joints_in_camera, const Box& box) {
  KeypointResidual residual;
  residual.box = box;
  for (const Side side : kSides) {
    residual.distance[side] = torch::full({kJoints}, kNaN, torch::kFloat64);
    if (!target.keypoints.hand[side]) continue;
    const std::array<Keypoint, kJoints> points = pixels_of(*target.keypoints.hand[side], target.camera);
    const torch::Tensor joints = joints_in_camera[side].to(torch::kCPU, torch::kFloat64).contiguous();
    const auto joint = joints.accessor<double, 2>();
    for (int64_t i = 0; i < kJoints; ++i) {
      const Keypoint& point = points[static_cast<size_t>(i)];
      if (point.confidence <= 0) continue;
      const auto [u, v] = target.camera.project({joint[i][0], joint[i][1], std::max(joint[i][2], kNearPlane)});
      residual.distance[side][i] = std::hypot(u - point.x, v - point.y);
    }
  }
  return residual;
}

}  // namespace interprior
