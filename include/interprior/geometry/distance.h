#pragma once
#include "interprior/geometry/rigid_transform.h"

// Nearest points in plain numbers (Ericson, Real-Time Collision Detection, 2005). hand/contact.h has differentiable ones of whole
// batches.
namespace interprior {

// The point of triangle a, b, c nearest to p (section 5.1.5).
Vector3 nearest_on_triangle(const Vector3& p, const Vector3& a, const Vector3& b, const Vector3& c);

// Vector from the nearest point of segment b to that of segment a (section 5.1.9).
Vector3 between_segments(const Vector3& a0, const Vector3& a1, const Vector3& b0, const Vector3& b1);

}  // namespace interprior
