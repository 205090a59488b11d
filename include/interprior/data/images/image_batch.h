#pragma once
#include <torch/types.h>

#include <functional>
#include <string>
#include <vector>

#include "interprior/geometry/camera.h"
#include "interprior/hand/pose.h"

namespace interprior {

// B crops with annotations; all geometry is in the crop's camera. Meshes, IAH and 2D joints are computed from it on the device.
// Row 0 of a pair is the right hand, row 1 the left.
struct ImageBatch {
  torch::Tensor image;              // (B,3,S,S) uint8 RGB
  Camera camera;                    // of the crop
  PerHand<HandPose> pose;           // frame root; valid where has_mano
  torch::Tensor root_in_camera;     // (B,3) m: right wrist; the left wrist if there is no right hand
  torch::Tensor joints_in_camera;   // (B,2,21,3) m, as annotated
  torch::Tensor joint_valid;        // (B,2,21) bool
  torch::Tensor mask;               // (B,2,G,G) float 0..1, visible part of each hand, G = S / 4
  torch::Tensor mask_valid;         // (B) bool
  torch::Tensor hand_present;       // (B,2) bool
  torch::Tensor has_mano;           // (B,2) bool
  std::vector<std::string> sample;  // split/file_name
  std::vector<std::string> sequence;

  int64_t size() const { return image.size(0); }
  void for_each_tensor(const std::function<void(torch::Tensor&)>& visit);
  ImageBatch to(torch::Device device) const;
};

// A zero-filled batch. Throws Error unless crop_size is a positive multiple of 4.
ImageBatch allocate_images(int64_t rows, int64_t crop_size);

}  // namespace interprior
