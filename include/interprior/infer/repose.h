#pragma once
#include "interprior/infer/reconstructor.h"

namespace interprior {

// Poses reconstructed hands by other MANO parameters, such as smoothed ones: `mano`, `pose`, `surface`, `joints_in_camera` and
// `right_wrist_in_camera` are replaced. Parameters equal to those of `hands` change nothing but rounding. Everything else stays
// as the network gave it: presence, joint_stddev, residuals of keypoints, `fit` and `network`.
// models: of the reconstruction, on any device. Throws Error on other shapes and on numbers that are not finite; LeftOut
// `behind_camera` if a vertex of a present hand has z <= 0. `hands` is then unchanged.
void repose(ReconstructedHands& hands, const PerHand<ManoParameters>& mano, const TwoHands& models);

}  // namespace interprior
