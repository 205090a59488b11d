#pragma once
#include <opencv2/core.hpp>
#include <string_view>

// Every image reader applies the file's EXIF orientation, as viewers, browsers and cv::imread do. Boxes, cameras, sizes and
// annotations refer to the upright image.
namespace interprior {

// EXIF orientation 1..8 (EXIF 2.32, tag 274) of a JPEG, PNG, WebP or TIFF; 1 if missing or invalid. Never throws.
int exif_orientation(std::string_view bytes);

// Whether the orientation swaps width and height.
inline bool turns_sideways(int orientation) { return orientation >= 5; }

// The stored image rotated and flipped to upright; unchanged for orientation 1.
cv::Mat upright(const cv::Mat& stored, int orientation);

}  // namespace interprior
