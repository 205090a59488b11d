#pragma once
#include "interprior/hand/mano_model.h"

namespace interprior {

// A model of 21 vertices, the 16 joints at rest and the 5 finger tips, whose joints are those of `model` for every pose and
// shape, to rounding: for callers that need joints alone. Its surface is meaningless.
ManoModel joint_model(const ManoModel& model);
HandModel joint_model(const HandModel& model);  // source and hash stay

}  // namespace interprior
