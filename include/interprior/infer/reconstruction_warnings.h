#pragma once
#include <string>
#include <vector>

#include "interprior/infer/reconstructor.h"

namespace interprior {

// Plausible range of a wrist's depth.
inline constexpr double kNearestHand = 0.15, kMaxHand = 3;  // m

// Warnings about a reconstruction, as snake_case words: `depth_implausible`, `box_small`, `box_mostly_outside`, `crop_enlarged`,
// `whole_image_box`, `principal_point_outside`, `right_hand_absent`, `left_hand_absent`; for keypoint input also `fit_poor`,
// `hands_unlikely`, `sides_exchanged`, `keypoints_disagree`, `keypoints_unlearned`. docs/predict.md has details.
std::vector<std::string> warnings_of(const ReconstructedHands& hands);

// The same with `no_mesh`, for a command that should write meshes of these hands and cannot, as none is present. It is printed
// and not in the JSON.
std::vector<std::string> warnings_of(const ReconstructedHands& hands, bool meshes_wanted);

// Meaning of a warning and what to do, in one sentence.
std::string warning_text(const std::string& word);

}  // namespace interprior
