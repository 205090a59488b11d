#pragma once
#include "interprior/base/seed.h"
#include "interprior/hand/hand_chain.h"

namespace interprior {

// The right wrist's rotation that shows an interaction as its owner sees it: fingers up, thumb towards the camera, the left hand
// on the picture's left. Views are turned from here.
Matrix3d canonical_view(const HandAxes& right);

// About the direction of an axis by its length, in degrees.
Matrix3d rotation_by(const Vector3d& axis_in_degrees);

// Three normal numbers.
Vector3d draw_normal(Random& random);

// The right wrist's rotation in a camera: the canonical view turned by at most `degrees`, half of them the camera's turn and half
// the hands' own; 180: every rotation is as likely.
Matrix3d draw_view(const Matrix3d& canonical, double degrees, Random& random);

// A rotation by at most `degrees`, uniform in SO(3) within them; 180: every rotation is as likely.
Matrix3d draw_turn(double degrees, Random& random);

}  // namespace interprior
