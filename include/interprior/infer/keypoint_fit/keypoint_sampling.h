#pragma once
#include <vector>

#include "interprior/infer/keypoint_fit/keypoint_fit.h"
#include "interprior/infer/keypoint_fit/keypoint_residual.h"
#include "interprior/model/sampler.h"
#include "interprior/objective/keypoint_cues.h"

namespace interprior {

// The joints of B pairs of hands from which cues are computed. A keypoint with less than a quarter of its hand's highest
// confidence counts as not found, as does every joint of a hand with fewer than six; a joint given in 3D is projected.
FoundJoints found_joints(const std::vector<FitTarget>& targets);

// A sampler's prediction for B pairs of hands given as keypoints.
struct KeypointSample {
  JointCrops crops;
  Camera camera;                  // of the crops
  Reconstruction reconstruction;  // in the crops' cameras, on the network's device
};
// The network must be in evaluation mode on the device of `hands`. Throws Error if its config requires more than keypoints, if a
// pair has no hand with six joints, or if all joints are outside the image.
KeypointSample sample_keypoints(Sampler network, const std::vector<FitTarget>& targets, const TwoHands& hands);

// A sampler's prediction as initial value of a fit, in the cameras of the images, on the network's device.
struct SampledStart {
  torch::Tensor state;            // (B,209) decoded by the prior from the mean of the code
  torch::Tensor wrist_rotation;   // (B,3,3) of the right wrist
  torch::Tensor wrist_in_camera;  // (B,3) m, of the right wrist
};
// Throws Error as sample_keypoints does, and if the sampler's code is not the prior's.
SampledStart sampled_start(Sampler network, const std::vector<FitTarget>& targets, const TwoHands& hands);

// Distances between a pair's keypoints and the projections of joints (21,3) m, in the image's camera.
KeypointResidual keypoint_residual(const FitTarget& target, const PerHand<torch::Tensor>& joints_in_camera, const Box& box);

}  // namespace interprior
