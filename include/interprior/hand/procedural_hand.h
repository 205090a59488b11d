#pragma once
#include "interprior/hand/mano_model.h"

namespace interprior {

// A hand made by formulas, with MANO's schema, axes and joint order, and no licence: five fingers of three phalanges, palm,
// open wrist, smooth weights; shape directions that change length, thickness and proportions. Left is an exact mirror of right.
// Rest pose in MANO's right-hand frame (m): wrist near the origin, fingers towards -x, thumb side +z, back of the hand +y; left mirrored
// at x = 0. v_template is flat, fingers slightly spread; hands_mean is a slight curl. See docs/conventions.md.
HandModel procedural_hand();

}  // namespace interprior
