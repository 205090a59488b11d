#pragma once
#include "interprior/metric/protocol.h"

namespace interprior {

// What a network must beat: predictions made of the truth's own averages (chordal mean of rotations, mean shape, per hand; mean
// wrist positions, hence mean tau). Never a mean of joint positions, which is no hand. Hands that are not valid do not count.
// Throws Error when the truth has no MANO parameters.
HandSet mean_pose_baseline(const HandSet& truth, const TwoHands& hands);
// The same fingers and shape, under the true wrist rotations and the true wrist positions.
HandSet mean_pose_true_wrist_baseline(const HandSet& truth, const TwoHands& hands);

}  // namespace interprior
