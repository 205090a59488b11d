#pragma once
#include <array>

#include "interprior/geometry/camera.h"

// A crop is a camera of its own: turned to look at the crop's centre, with its own focal length, so that the crop is one
// perspective warp (K_crop R K^-1) and everything seen in it is exact. In-plane rotation is roll, scale is focal length,
// box jitter is direction.
namespace interprior {

// In continuous pixel coordinates, those of Pinhole::project: its centre is x + width / 2, y + height / 2.
struct Box {
  double x = 0, y = 0, width = 0, height = 0;  // px; x, y: the top left corner
};

// How a crop departs from its box, for augmentation and detectors' boxes.
struct CropJitter {
  double roll = 0;                       // rad, turns the picture counter-clockwise on screen
  double scale = 1;                      // > 1 shows more
  std::array<double, 2> shift = {0, 0};  // of the centre, right and down in the original, in units of the box's longer side
};

struct Crop {
  Pinhole camera;                          // square, S x S, principal point at (S - 1) / 2
  Matrix3 crop_from_original;              // rotation: x_in_crop_camera = crop_from_original x_in_original_camera
  Matrix3 crop_pixel_from_original_pixel;  // homography K_crop R K^-1
};

// The crop of `size` px that shows the square about the box's centre whose side is the box's longer side (times scale).
// It turns by the smallest rotation that takes the centre's ray d to the optical axis, then rolls about it. The square stands
// upright to that ray at the distance of the centre's pixel from the camera, sqrt(fx fy) / d_z px, so
// f_crop = sqrt(fx fy) / d_z * size / side: the magnification across the ray; along the tilted picture nothing is cut.
// Throws Error when the box is empty, not finite, or lies outside the picture altogether.
Crop crop_camera(const Pinhole& original, const Box& box, int64_t size, const CropJitter& jitter = {});

// Tight box of points (u, v interleaved, px), its longer side divided by `fill` (0.8 = the benchmark's), made square.
Box square_box(const std::vector<std::array<double, 2>>& points, double fill);

// Tight box scaled about its centre, not made square (InterHand2.6M's annotated boxes: scale 1.2).
Box tight_box(const std::vector<std::array<double, 2>>& points, double scale);

}  // namespace interprior
