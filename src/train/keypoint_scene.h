#pragma once
#include "interprior/infer/original_camera.h"
#include "interprior/objective/cues.h"
#include "interprior/objective/keypoint_noise.h"

namespace interprior {

// Hands before the camera of the crop that a detector's joints lead to.
struct KeypointScene {
  HandsInCamera hands;
  Camera crop;         // nothing lies behind it: camera_from_original is the identity
  FoundJoints joints;  // px of the crop
};

// Places hands (frame root, axes of a camera) before a camera, finds their joints as a detector would, and turns to the crop
// about these, with `jitter` (fractions) of its size and place.
KeypointScene keypoint_scene(const PerHand<HandPose>& pose, const PerHand<HandMesh>& mesh, int64_t crop_size, double jitter,
                             const KeypointNoiseConfig& noise, RowSeed seed);

}  // namespace interprior
