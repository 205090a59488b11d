#pragma once
#include <opencv2/core.hpp>

#include "interprior/base/seed.h"

namespace interprior {

// Up to 12 x amount polygons, boxes, ellipses and bars of any colour.
void draw_clutter(cv::Mat& picture, double amount, Random& random);

// With probability 0.35 x amount each, a face and an arm of about this skin, shaded from one side.
void draw_distractors(cv::Mat& picture, double amount, const cv::Vec3b& skin, Random& random);

}  // namespace interprior
