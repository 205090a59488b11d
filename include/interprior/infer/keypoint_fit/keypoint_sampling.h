#pragma once
#include <vector>

#include "interprior/infer/keypoint_fit/keypoint_fit.h"
#include "interprior/infer/keypoint_fit/keypoint_residual.h"
#include "interprior/model/sampler.h"
#include "interprior/objective/keypoint_cues.h"

namespace interprior {

// The joints of B pairs of hands as cues are computed from them. A keypoint of less than a quarter of its hand's highest
// confidence counts as not found, and so does every joint of a hand with fewer than six; a joint given in 3D is projected.
FoundJoints found_joints(const std::vector<FitTarget>& targets);

// What a sampler makes of B pairs of keypoints.
struct KeypointSample {
  JointCrops crops;
  Camera camera;                  // of the crops
  Reconstruction reconstruction;  // in the crops' cameras, on the network's device
};
// The network is in evaluation mode on the device of `hands`. Throws Error where its settings need more than keypoints, where a
// pair has no hand with six joints, and where all joints lie outside the picture.
KeypointSample sample_keypoints(Sampler network, const std::vector<FitTarget>& targets, const TwoHands& hands);

// The same as a point to start a fit from, in the cameras of the pictures, on the network's device.
struct SampledStart {
  torch::Tensor state;            // (B,209) that the prior decodes the mean of the code to
  torch::Tensor wrist_rotation;   // (B,3,3) of the right wrist
  torch::Tensor wrist_in_camera;  // (B,3) m, of the right wrist
};
// Throws Error as sample_keypoints does, and where the sampler's code is not the prior's.
SampledStart sampled_start(Sampler network, const std::vector<FitTarget>& targets, const TwoHands& hands);

// Distances of a pair's keypoints and the projections of joints (21,3) m, camera of the picture.
KeypointResidual keypoint_residual(const FitTarget& target, const PerHand<torch::Tensor>& joints_in_camera, const Box& box);

}  // namespace interprior
