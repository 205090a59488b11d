#pragma once
#include <opencv2/core.hpp>

#include "interprior/hand/hand_chain.h"

namespace interprior {

// Feature maps of a flat hand's skin: weights 0..1 (CV_32F).
struct SkinFeatures {
  cv::Mat red;        // reddish skin: knuckles, tips, the palm's pads
  cv::Mat dark;       // folds: wrinkles, creases
  cv::Mat nail, rim;  // nails, and the fold around them
};

// A flat hand's image plane: x along the fingers, y towards the thumb.
struct SkinPlane {
  double texel = 0.0012;      // m
  double left = 0, top = 0;   // m, centre of the first texel
  int width = 0, height = 0;  // texels
};

struct FlatJoints {
  std::array<cv::Point2d, kJoints> joint;  // m in the plane, relative to the wrist
};

SkinFeatures back_features(const SkinPlane& plane, const FlatJoints& hand);
SkinFeatures palm_features(const SkinPlane& plane, const FlatJoints& hand);

}  // namespace interprior
