#pragma once
#include <string>

#include "interprior/infer/reconstructor.h"

namespace interprior {

// A photo's camera and the crop that the network reads.
struct PhotoCrop {
  Pinhole camera;
  PhotoCameraSource camera_source = PhotoCameraSource::assumed;
  Crop crop;
  torch::Tensor pixels;  // (1,3,S,S) uint8 RGB
};
// focal: px, where the photo has no camera; 0: assumed. size: S. Throws Error if image or camera are unusable, LeftOut
// `image_too_large`, and as require_usable.
PhotoCrop crop_photo(const PhotoOfHands& photo, double focal, int64_t size);

// Throws LeftOut `box_outside` or `box_too_large`.
void require_usable(const Box& box, const Pinhole& camera);
std::string box_text(const Box& box);

}  // namespace interprior
