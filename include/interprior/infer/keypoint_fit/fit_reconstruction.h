#pragma once
#include "interprior/infer/keypoint_fit/keypoint_fit.h"
#include "interprior/infer/reconstructor.h"

namespace interprior {

// The best minimum of a fit as a reconstruction: meshes, MANO parameters, joint standard deviations, presence. A hand's presence
// is the mean confidence of its keypoints over 1 + (r / r0)^2, r the median distance of its keypoints from the projected joints,
// r0 = 5 % of the box's longer side. Throws LeftOut `not_finite` or `behind_camera`.
ReconstructedHands reconstruction_of(KeypointFitResult fit, const FitTarget& target, const TwoHands& hands);

// The image with the given keypoints (dots) and the fitted skeletons (lines), RGB; the part of it about the hands, enlarged, if
// their box is smaller than 150 px.
cv::Mat keypoints_image(const cv::Mat& rgb, const FitTarget& target, const ReconstructedHands& hands);

}  // namespace interprior
