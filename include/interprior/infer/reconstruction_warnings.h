#pragma once
#include <string>
#include <vector>

#include "interprior/infer/reconstructor.h"

namespace interprior {

// Between these depths of a wrist hands are photographed.
inline constexpr double kNearestHand = 0.15, kFarthestHand = 3;  // m

// What is suspicious about a reconstruction, as snake_case words: `depth_implausible`, `box_small`, `box_mostly_outside`,
// `crop_enlarged`, `whole_picture_box`, `principal_point_outside`, `right_hand_absent`, `left_hand_absent`; of a fit to keypoints
// also `fit_poor`, `hands_unlikely`, `sides_exchanged`, `keypoints_disagree`. docs/predict.md says more.
std::vector<std::string> warnings_of(const ReconstructedHands& hands);

// What such a word means and what to do, in one sentence.
std::string warning_text(const std::string& word);

}  // namespace interprior
