#pragma once
#include "interprior/geometry/camera.h"
#include "interprior/hand/pose.h"
#include "interprior/infer/mano_parameters.h"

namespace interprior {

struct PatternBatch;
struct TwoHands;

// Two hands in a camera: the root frame has the camera's axes and its origin at root_in_camera (B,3) m.
struct HandsInCamera {
  PerHand<HandPose> pose;
  torch::Tensor root_in_camera;
};

// The same hands in the axes of another camera with the same centre: wrist rotations, wrists and root are rotated by
// target_from_source (B,3,3); fingers and shapes are unchanged.
HandsInCamera turned(const HandsInCamera& hands, const torch::Tensor& target_from_source);

// Predictions for B crops, converted to the cameras of the original images (x = camera_from_original^T x_crop).
// view_camera: s, tx, ty (B,3); crop_size px.
HandsInCamera in_original_camera(const PerHand<HandPose>& pose_in_crop, const torch::Tensor& view_camera, const Camera& crop,
                                 int64_t crop_size);

// MANO parameters in the camera, as stored in patterns.h5 and hands.h5: absolute axis-angle (B,2,48), shape (B,2,10),
// translation (B,2,3) m with wrist = J0(shape) + translation.
PatternBatch mano_parameters(const HandsInCamera& hands, const TwoHands& models);
// The parameters of K samples of each of B predictions for crops, in the cameras of the original images: (K B,2,48) and so on,
// hypothesis-major as samples_in_crop (Sampler::sample). view_camera (B,3) and crop (B) are those of the predictions.
PatternBatch mano_of_samples(const PerHand<HandPose>& samples_in_crop, const torch::Tensor& view_camera, const Camera& crop,
                             int64_t crop_size, const TwoHands& models);
// One row of them, on the CPU.
PerHand<ManoParameters> mano_of_pair(const PatternBatch& parameters, int64_t row);

}  // namespace interprior
