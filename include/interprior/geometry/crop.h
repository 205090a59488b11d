#pragma once
#include <array>
#include <vector>

#include "interprior/geometry/camera.h"

// A crop is the image of a virtual camera: rotated to look at the crop's centre, with its own focal length. The crop is therefore
// one perspective warp (K_crop R K^-1) of the image, and its projection model is exact. In-plane rotation becomes roll, scale
// becomes focal length, box jitter becomes viewing direction.
namespace interprior {

// A box in continuous pixel coordinates, those of Pinhole::project. Its centre is x + width / 2, y + height / 2.
struct Box {
  double x = 0, y = 0, width = 0, height = 0;  // px; x, y: the top left corner
};

// Offset of a crop from its box, for augmentation and simulated detector boxes.
struct CropJitter {
  double roll = 0;                       // rad, rotates the image counter-clockwise on screen
  double scale = 1;                      // > 1 enlarges the box
  std::array<double, 2> shift = {0, 0};  // of the centre, right and down in the original, in units of the box's longer side
};

struct Crop {
  Pinhole camera;                          // square, S x S, principal point at (S - 1) / 2
  Matrix3 crop_from_original;              // rotation: x_in_crop_camera = crop_from_original x_in_original_camera
  Matrix3 crop_pixel_from_original_pixel;  // homography K_crop R K^-1
};

// The crop of `size` px of the square about the box's centre, with the box's longer side (times scale) as its side.
// The rotation is the smallest one that takes the ray d through the centre to the optical axis, followed by the roll. The square
// is perpendicular to the ray, at the distance of the centre's pixel from the camera, sqrt(fx fy) / d_z px. Hence
// f_crop = sqrt(fx fy) / d_z * size / side, the magnification across the ray; the oblique image plane is not cut off.
// Throws Error if the box is empty, not finite, or entirely outside the image.
Crop crop_camera(const Pinhole& original, const Box& box, int64_t size, const CropJitter& jitter = {});

// Tight box of points (u, v interleaved, px), its longer side divided by `fill` (0.8 = the benchmark's), made square.
Box square_box(const std::vector<std::array<double, 2>>& points, double fill);

// Tight box scaled about its centre, not made square (InterHand2.6M's annotated boxes: scale 1.2).
Box tight_box(const std::vector<std::array<double, 2>>& points, double scale);

}  // namespace interprior
