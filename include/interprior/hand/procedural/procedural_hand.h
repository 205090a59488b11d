#pragma once
#include "interprior/hand/mano_model.h"

namespace interprior {

// The procedural hand model: MANO's schema, axes and joint order without MANO's licence. Five fingers of three phalanges, palm,
// open wrist, smooth weights; shape directions that change length, thickness and proportions. The left hand is the exact mirror
// image of the right. Rest pose in MANO's right-hand frame (m): wrist at the origin, fingers towards -x, thumb side +z, back of
// the hand +y; left mirrored at x = 0. v_template is flat, fingers slightly spread. hands_mean is a slight curl: flexion rotates
// a right finger about +z (a left one about -z), which moves its tip to the palm's side, -y. posedirs are zero. See
// docs/conventions.md. Deterministic; takes some tenths of a second.
HandModel procedural_hand();

}  // namespace interprior
