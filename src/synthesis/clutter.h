#pragma once
#include <opencv2/core.hpp>

#include "interprior/base/seed.h"

namespace interprior {

// Draws up to 12 x amount polygons, boxes, ellipses and bars of any colour.
void draw_clutter(cv::Mat& image, double amount, Random& random);

// Draws a face and an arm, each with probability 0.35 x amount, of about this skin colour, shaded from one side.
void draw_distractors(cv::Mat& image, double amount, const cv::Vec3b& skin, Random& random);

}  // namespace interprior
