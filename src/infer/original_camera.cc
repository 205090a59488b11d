#include "interprior/infer/original_camera.h"

#include <torch/types.h>

#include "interprior/base/shape.h"
#include "interprior/data/patterns.h"
#include "interprior/hand/mano_layer.h"

namespace interprior {
namespace {

torch::Tensor turned(const torch::Tensor& vector, const torch::Tensor& rotation) {
  return torch::matmul(rotation, vector.unsqueeze(-1)).squeeze(-1);
}

HandPose turned(const HandPose& pose, const torch::Tensor& rotation) {
  const torch::Tensor wrist = torch::matmul(rotation.unsqueeze(1), pose.rotations.narrow(1, 0, 1));
  return {torch::cat({wrist, pose.rotations.narrow(1, 1, 15)}, 1), pose.shape, turned(pose.wrist_in_root, rotation)};
}

}  // namespace

HandsInCamera turned(const HandsInCamera& hands, const torch::Tensor& target_from_source) {
  ShapeCheck check("turned");
  check(target_from_source, "target_from_source", {"B", 3, 3})(hands.root_in_camera, "root_in_camera", {"B", 3});
  for (const Side side : kSides)
    check(hands.pose[side].rotations, "rotations", {"B", 16, 3, 3})(hands.pose[side].wrist_in_root, "wrist_in_root", {"B", 3});
  return {{turned(hands.pose.right, target_from_source), turned(hands.pose.left, target_from_source)},
          turned(hands.root_in_camera, target_from_source)};
}

HandsInCamera in_original_camera(const PerHand<HandPose>& pose_in_crop, const torch::Tensor& view_camera, const Camera& crop,
                                 int64_t crop_size) {
  const HandsInCamera in_crop{pose_in_crop, root_from_view_camera(view_camera, crop, crop_size)};
  return turned(in_crop, crop.camera_from_original.transpose(1, 2));
}

PatternBatch mano_parameters(const HandsInCamera& hands, const TwoHands& models) {
  PatternBatch parameters = pattern_from(hands.pose, models);
  parameters.translation = parameters.translation + hands.root_in_camera.unsqueeze(1);
  return parameters;
}

PatternBatch mano_of_samples(const PerHand<HandPose>& samples_in_crop, const torch::Tensor& view_camera, const Camera& crop,
                             int64_t crop_size, const TwoHands& models) {
  const int64_t samples = samples_in_crop.right.rotations.size(0) / view_camera.size(0);
  const auto repeated = [&](const torch::Tensor& tensor) {
    std::vector<int64_t> times(static_cast<size_t>(tensor.dim()), 1);
    times[0] = samples;
    return tensor.repeat(times);
  };
  const Camera crops{repeated(crop.focal), repeated(crop.principal), repeated(crop.camera_from_original)};
  return mano_parameters(in_original_camera(samples_in_crop, repeated(view_camera), crops, crop_size), models);
}

PerHand<ManoParameters> mano_of_pair(const PatternBatch& parameters, int64_t row) {
  PerHand<ManoParameters> of;
  for (const Side side : kSides) {
    const auto hand = static_cast<int64_t>(side);
    const auto part = [&](const torch::Tensor& both) { return both[row][hand].to(torch::kCPU); };
    of[side] = {part(parameters.pose), part(parameters.shape), part(parameters.translation)};
  }
  return of;
}

}  // namespace interprior
