#pragma once
#include <opencv2/core.hpp>

#include "interprior/base/seed.h"
#include "interprior/interaction/variety.h"

namespace interprior {

// Samples a smooth 8-bit RGB background.
cv::Mat draw_smooth_background(int64_t width, int64_t height, Random& random);

// Samples the background of an image: smooth, or with gradients, noise or stripes; in front of it shapes, and faces and arms of
// about this skin colour (8-bit sRGB). A varied background is blurred as if out of focus.
cv::Mat draw_background(int64_t width, int64_t height, const VarietyConfig& variety, const cv::Vec3b& skin, Seed seed);

}  // namespace interprior
