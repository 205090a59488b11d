#pragma once
#include <opencv2/core.hpp>
#include <string>

#include "interprior/data/images/image_index.h"
#include "interprior/geometry/crop.h"

// Decoding of image bytes for loaders: JPEG by TurboJPEG, other formats as in read_image; all turned upright
// (render/image_files/orientation.h).
namespace interprior {

// The bytes of a record's image, from its own file or a shard. Throws Error that names the sample.
std::string read_image_bytes(const ImageRecord& record);

// 8-bit RGB (H,W,3), the same pixels as read_image. Throws Error that names `name` if the bytes are not an image or are
// truncated, or if the image is too large.
cv::Mat decode_rgb(const std::string& bytes, const std::string& name);

struct ReducedImage {
  cv::Mat rgb;
  int64_t width = 0, height = 0;  // px, of the whole image
};
// Decodes at 1 / reduction of the width and height, rounded up; reduction 1, 2, 4 or 8. A JPEG is decoded directly at that size.
ReducedImage decode_reduced(const std::string& bytes, const std::string& name, int reduction);

struct ImageFacts {
  int64_t width = 0, height = 0;  // px
  double grey = 0;                // mean over all pixels and the three channels, 0..255: the benchmark's near-black criterion
};
// Throws Error like decode_rgb.
ImageFacts image_facts(const std::string& bytes, const std::string& name);

inline constexpr int kLongestCropped = 32766;  // px: a limit of OpenCV's warps

// The crop (S,S,3) of an RGB image with focal length original_focal px; black outside the image. If the crop is much smaller than
// its source, the source is low-pass filtered first to avoid aliasing. `reduction`: of rgb relative to the image that the crop
// refers to. Throws Error if a side of rgb is longer than kLongestCropped.
cv::Mat cropped(const cv::Mat& rgb, const Crop& crop, double original_focal, int reduction = 1);
// The largest reduction at which the reduced image still has at least the crop's resolution.
int reduction_for(const Crop& crop, double original_focal);

// JPEG bytes of an 8-bit RGB image, quality 1..100.
std::string encode_jpeg(const cv::Mat& rgb, int quality);

}  // namespace interprior
