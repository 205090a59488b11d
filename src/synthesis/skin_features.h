#pragma once
#include <opencv2/core.hpp>

#include "interprior/hand/hand_chain.h"

namespace interprior {

// Where what lies on a flat hand, as pictures of weights 0..1 (CV_32F).
struct SkinFeatures {
  cv::Mat red;        // skin that shows its blood: knuckles, tips, the palm's pads
  cv::Mat dark;       // folds: wrinkles, creases
  cv::Mat nail, rim;  // nails, and the fold about them
};

// A flat hand's picture plane: x along the fingers, y towards the thumb.
struct SkinPlane {
  double texel = 0.0012;      // m
  double left = 0, top = 0;   // m, the middle of the first texel
  int width = 0, height = 0;  // texels
};

struct FlatJoints {
  std::array<cv::Point2d, kJoints> joint;  // m in the plane, about the wrist
};

SkinFeatures back_features(const SkinPlane& plane, const FlatJoints& hand);
SkinFeatures palm_features(const SkinPlane& plane, const FlatJoints& hand);

}  // namespace interprior
