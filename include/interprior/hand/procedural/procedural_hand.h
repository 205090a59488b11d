#pragma once
#include "interprior/hand/mano_model.h"

namespace interprior {

// A hand made by formulas, with MANO's schema, axes and joint order, and no licence: five fingers of three phalanges, palm,
// open wrist, smooth weights; shape directions that change length, thickness and proportions. Left is an exact mirror of right.
// Rest pose in MANO's right-hand frame (m): wrist at the origin, fingers towards -x, thumb side +z, back of the hand +y; left
// mirrored at x = 0. v_template is flat, fingers slightly spread; hands_mean is a slight curl: flexion turns a right finger
// about +z (a left one about -z), which moves its tip to the palm's side, -y. posedirs are zero. See docs/conventions.md.
// Takes some tenths of a second; the same numbers every time.
HandModel procedural_hand();

}  // namespace interprior
