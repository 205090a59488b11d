#pragma once
#include <vector>

#include "interprior/base/seed.h"
#include "interprior/geometry/mesh.h"
#include "interprior/hand/hand_chain.h"

namespace interprior {

// How a forearm leaves its hand.
struct ForearmBend {
  Vector3d turn = Vector3d::Zero();  // of the wrist joint: axis times angle, rad, axes of the mesh
  double length = 0.2;               // m
  double thickness = 1;              // of its first ring, relative to the wrist
};

// A bend under which the forearm does not come straight at the camera, where a wrist can bend so far: who looks along a forearm
// does not see the hand. `fingers` and `to_camera` are unit.
ForearmBend draw_forearm(double thickness, const Vector3d& fingers, const Vector3d& to_camera, Random& random);

// A tube that goes on from the open wrist of `hand`, away from `fingers` (unit, axes of the mesh) turned by the bend, growing
// thicker towards the elbow. Pictures of real hands show forearms; MANO's meshes end at the wrist.
Mesh forearm(const Mesh& hand, const std::vector<int32_t>& rim, const Vector3d& fingers, const ForearmBend& bend);

}  // namespace interprior
