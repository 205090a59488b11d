#pragma once
#include <opencv2/core.hpp>

#include "interprior/base/seed.h"
#include "interprior/interaction/variety.h"

namespace interprior {

// A smooth random 8-bit RGB background.
cv::Mat draw_smooth_background(int64_t width, int64_t height, Random& random);

// What lies behind the hands: a smooth background or one with gradients, noise or stripes; before it shapes, and faces and arms
// of about this skin (8-bit sRGB); all of it more or less out of focus.
cv::Mat draw_background(int64_t width, int64_t height, const VarietyConfig& variety, const cv::Vec3b& skin, Seed seed);

}  // namespace interprior
