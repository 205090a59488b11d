#pragma once
#include <torch/types.h>

#include <vector>

#include "interprior/geometry/crop.h"
#include "interprior/model/sampler.h"

// Cues H and M computed from detected 2D joints, by the same code in training and inference.
namespace interprior {

// Minimum number of joints found per hand; a hand with fewer counts as not found.
inline constexpr int64_t kMinFound = 6;

// Detected joints of B pairs of hands, right 0-20, left 21-41, order of hand/skeleton.h.
struct FoundJoints {
  torch::Tensor place;  // (B,42,2) px, pixel centres at integers; arbitrary where not found
  torch::Tensor found;  // (B,42) bool
};

// 2D joints determine neither distances in space nor tau. Throws Error naming the first config key that requires either.
void require_keypoints_suffice(const SamplerConfig& model);

// Marks all joints of a hand with fewer than kMinFound found joints as not found.
FoundJoints without_scattered(const FoundJoints& joints);

// Tight box of the joints found in one image, px; place (42,2), found (42). A joint farther from the median of its hand than
// six times the median distance is ignored, so that an outlier does not shrink the hands in the crop. Throws Error if no joint
// was found.
Box joint_box(const torch::Tensor& place, const torch::Tensor& found);

// Crops centred at the joints' boxes, whose longer side fills 0.7 of the crop, and the joints in pixels of the crops.
struct JointCrops {
  std::vector<Crop> crops;
  std::vector<Box> boxes;  // joint_box, px of the images
  FoundJoints joints;      // px of the crops, on the CPU
};
// jitter: one per image, or empty. Throws Error as joint_box and crop_camera do.
JointCrops crops_about(const FoundJoints& in_image, const std::vector<Pinhole>& images, int64_t crop_size,
                       const std::vector<CropJitter>& jitter = {});
// The crops' cameras as tensors; camera_from_original is crop_from_original.
Camera cameras_of(const std::vector<Crop>& crops, torch::Device device);

// M (B,2,G,G), share of each cell that the hand covers: capsules along its bones (from each found joint to the nearest found
// ancestor) and along the row of knuckles, and the palm between them. The capsules' radius is a fifth of the upper quartile of
// the hand's bone lengths in the crop, clamped to 1 % .. 5 % of the crop. Neither hand occludes the other.
torch::Tensor bone_masks(const FoundJoints& in_crop, int64_t crop_size, int64_t grid);

// H and M of joints found in crops; F is undefined and tau zero. A joint that was not found has an empty map.
Features keypoint_cues(const SamplerConfig& model, const FoundJoints& in_crop);

}  // namespace interprior
