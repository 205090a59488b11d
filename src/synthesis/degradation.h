#pragma once
#include <opencv2/core.hpp>

#include "interprior/base/seed.h"
#include "interprior/interaction/variety.h"

namespace interprior {

// What a camera does to an 8-bit RGB picture before it is compressed: lens blur, motion blur, exposure and white balance, noise.
// Without any of them the picture itself.
cv::Mat degraded(cv::Mat picture, const VarietyConfig& variety, Seed seed);

// The JPEG quality of a picture, 30..98; 92 without variety.
int draw_jpeg_quality(const VarietyConfig& variety, Seed seed);

// What is left of a picture after compression at this quality.
cv::Mat compressed(const cv::Mat& picture, int quality);

}  // namespace interprior
