#pragma once
#include <vector>

#include "interprior/base/seed.h"
#include "interprior/geometry/mesh.h"
#include "interprior/hand/hand_chain.h"

namespace interprior {

// Shape of a forearm.
struct ForearmBend {
  Vector3 turn = Vector3::Zero();  // of the wrist joint: axis-angle, rad, axes of the mesh
  double length = 0.2;             // m
  double thickness = 1;            // of the first ring, relative to the wrist
};

// Samples a bend such that the forearm does not point at the camera and hide the hand, as far as a wrist can bend. `fingers` and
// `to_camera` are unit vectors.
ForearmBend sample_forearm(double thickness, const Vector3& fingers, const Vector3& to_camera, Random& random);

// A tube that extends the open wrist of `hand`, opposite to `fingers` (unit, axes of the mesh) rotated by the bend, thicker
// towards the elbow. Images of real hands show forearms; MANO's meshes end at the wrist.
Mesh forearm(const Mesh& hand, const std::vector<int32_t>& rim, const Vector3& fingers, const ForearmBend& bend);

}  // namespace interprior
