#pragma once
#include <opencv2/core.hpp>

#include "interprior/base/seed.h"
#include "interprior/interaction/variety.h"

namespace interprior {

// Camera effects on an 8-bit RGB image before compression: lens blur, motion blur, exposure and white balance, noise. Returns the
// image unchanged if all are zero.
cv::Mat degraded(cv::Mat image, const VarietyConfig& variety, Seed seed);

// Samples the JPEG quality of an image, 30..98; 92 if variety.jpeg is 0.
int sample_jpeg_quality(const VarietyConfig& variety, Seed seed);

// The image after JPEG compression at this quality.
cv::Mat compressed(const cv::Mat& image, int quality);

}  // namespace interprior
