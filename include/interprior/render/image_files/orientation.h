#pragma once
#include <opencv2/core.hpp>
#include <string_view>

// The one rule of every reader of pictures: pixels are turned upright as the file's EXIF orientation says, so that a picture lies
// as viewers, browsers and cv::imread show it. Boxes, cameras, sizes and annotations are those of the upright picture.
namespace interprior {

// EXIF orientation 1..8 (EXIF 2.32, tag 274) of a JPEG, PNG, WebP or TIFF; 1 where there is none or it is invalid. Never throws.
int exif_orientation(std::string_view bytes);

// Whether width and height of the stored pixels change places.
inline bool turns_sideways(int orientation) { return orientation >= 5; }

// The stored picture turned upright; the same picture for 1.
cv::Mat upright(const cv::Mat& stored, int orientation);

}  // namespace interprior
