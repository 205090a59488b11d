#pragma once
#include <opencv2/core.hpp>
#include <string>

#include "interprior/data/images/image_index.h"
#include "interprior/geometry/crop.h"

// Pictures as bytes, for loaders: JPEG by TurboJPEG, everything else as read_image; all turned upright
// (render/image_files/orientation.h).
namespace interprior {

// The bytes of a record's picture, from its own file or a shard. Throws Error naming the sample.
std::string read_picture_bytes(const ImageRecord& record);

// 8-bit RGB (H,W,3), the pixels of read_image. Throws Error naming `name` when the bytes are no picture, are cut short, or are
// absurdly large.
cv::Mat decode_picture(const std::string& bytes, const std::string& name);

struct ReducedPicture {
  cv::Mat rgb;
  int64_t width = 0, height = 0;  // px, of the whole picture
};
// The same at 1 / reduction of its width and height, rounded up; reduction 1, 2, 4 or 8. A JPEG is decoded at that size.
ReducedPicture decode_reduced(const std::string& bytes, const std::string& name, int reduction);

struct PictureFacts {
  int64_t width = 0, height = 0;  // px
  double grey = 0;                // mean over all pixels and the three channels, 0..255: the benchmark's measure of near-black
};
// Throws Error as decode_picture does.
PictureFacts picture_facts(const std::string& bytes, const std::string& name);

// What a crop's camera sees of an RGB picture whose focal length is original_focal px. A crop much smaller than its source is
// taken from a picture smoothed to the crop's grain, or it would alias; black where the picture ends. `reduction`: of rgb against
// the picture that the crop was made for.
cv::Mat cropped(const cv::Mat& rgb, const Crop& crop, double original_focal, int reduction = 1);
// The largest reduction that costs such a crop nothing.
int reduction_for(const Crop& crop, double original_focal);

// JPEG bytes of an 8-bit RGB picture, quality 1..100.
std::string encode_jpeg(const cv::Mat& rgb, int quality);

}  // namespace interprior
