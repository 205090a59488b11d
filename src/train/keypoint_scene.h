#pragma once
#include "interprior/infer/original_camera.h"
#include "interprior/objective/cues.h"
#include "interprior/objective/keypoint_noise.h"

namespace interprior {

// Hands in the camera of the crop around the detected joints.
struct KeypointScene {
  HandsInCamera hands;
  Camera crop;         // is the original camera too: camera_from_original is the identity
  FoundJoints joints;  // px of the crop
};

// Places hands (frame root, axes of a camera) in front of a camera, simulates a joint detector, and rotates the camera to the
// crop around the detected joints, with `jitter` (fractions) of its size and position.
KeypointScene keypoint_scene(const PerHand<HandPose>& pose, const PerHand<HandMesh>& mesh, int64_t crop_size, double jitter,
                             const KeypointNoiseConfig& noise, RowSeed seed);

}  // namespace interprior
