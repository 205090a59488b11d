#pragma once
#include "interprior/base/seed.h"
#include "interprior/hand/hand_chain.h"

namespace interprior {

// The right wrist's rotation in the egocentric view: fingers up, thumb towards the camera, left hand on the left of the image.
// Sampled views are rotations of this one.
Matrix3 canonical_view(const HandAxes& right);

// Rotation from an axis-angle vector in degrees.
Matrix3 rotation_by(const Vector3& axis_in_degrees);

// Three independent standard normal samples.
Vector3 sample_normal(Random& random);

// Samples the right wrist's rotation in the camera: the canonical view turned by at most `degrees`, half by a turn of the camera
// and half by a turn of the hands. 180: uniform on SO(3).
Matrix3 sample_view(const Matrix3& canonical, double degrees, Random& random);

// Samples a rotation uniformly among those of SO(3) by at most `degrees`. 180: uniform on SO(3).
Matrix3 sample_rotation(double degrees, Random& random);

}  // namespace interprior
