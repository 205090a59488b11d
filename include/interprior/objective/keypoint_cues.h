#pragma once
#include <torch/types.h>

#include <vector>

#include "interprior/geometry/crop.h"
#include "interprior/model/sampler.h"

// Cues computed from 2D joints that a detector found: one path from joints to H and M, for training and for use.
namespace interprior {

// Joints of a hand that must be found for the hand to count; one with fewer has none.
inline constexpr int64_t kFewestFound = 6;

// Joints of B pairs of hands, right 0-20, left 21-41, order of hand/skeleton.h.
struct FoundJoints {
  torch::Tensor place;  // (B,42,2) px, pixel centres at integers; anything where not found
  torch::Tensor found;  // (B,42) bool
};

// 2D joints tell neither distances in space nor tau. Throws Error naming the key of the first setting that needs either.
void require_keypoints_suffice(const SamplerConfig& model);

// Hands of fewer than kFewestFound joints have none.
FoundJoints without_scattered(const FoundJoints& joints);

// Tight box of the joints found in one picture, px; place (42,2), found (42). A joint farther from the median of its hand than
// six times the median distance does not count: one wrong joint must not shrink the hands. Throws Error where none was found.
Box joint_box(const torch::Tensor& place, const torch::Tensor& found);

// Crops about the joints' boxes, whose longer side fills 0.7 of them, and the joints in pixels of the crops.
struct JointCrops {
  std::vector<Crop> crops;
  std::vector<Box> boxes;  // joint_box, px of the pictures
  FoundJoints joints;      // px of the crops, on the CPU
};
// jitter: one for each picture, or none. Throws Error as joint_box and crop_camera do.
JointCrops crops_about(const FoundJoints& in_picture, const std::vector<Pinhole>& pictures, int64_t crop_size,
                       const std::vector<CropJitter>& jitter = {});
// The crops' cameras as tensors; camera_from_original is crop_from_original.
Camera cameras_of(const std::vector<Crop>& crops, torch::Device device);

// M (B,2,G,G), share of each cell that the hand covers: capsules along its bones, from each joint found to the nearest found
// before it in the finger, and along the row of knuckles, and the palm between them. Their radius is a fifth of the upper
// quartile of the lengths of the hand's bones in the crop, from 1 % to 5 % of the crop. Neither hand hides the other.
torch::Tensor bone_masks(const FoundJoints& in_crop, int64_t crop_size, int64_t grid);

// H and M of joints found in crops; F and tau are zero. A joint that was not found has an empty map.
Features keypoint_cues(const SamplerConfig& model, const FoundJoints& in_crop);

}  // namespace interprior
