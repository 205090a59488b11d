#pragma once
#include "interprior/base/seed.h"
#include "interprior/geometry/camera.h"
#include "interprior/geometry/mesh.h"
#include "interprior/hand/hand_chain.h"

namespace interprior {

// A camera and how far from it the hands are meant to be.
struct Framing {
  Pinhole camera;
  double distance = 1;  // m
};

// A lens and a distance for a picture of this size. variety 0: InterHand2.6M's studio, focal length 2.5 pictures from a metre
// away; 1: from a telephone's (0.8) to a long lens (3.2), nearer or farther.
Framing draw_framing(int64_t width, int64_t height, double variety, Random& random);

// A picture's size, its longer side 512 px: the studio's 334 on its side or upright, or with variety any usual shape.
std::array<int64_t, 2> draw_picture_size(double variety, Random& random);

// Where an arm begins, and the direction (unit) in which a flat hand's fingers point from there; the forearm goes the other way.
struct Arm {
  Vector3d wrist, fingers;
};

// Where two hands of a pair go, given about their root: near `centre`, farther where they would leave the picture or an elbow
// would come too near to the camera. Returns the root.
Vector3d place_in_camera(const PerHand<Mesh>& hands, const PerHand<Arm>& arms, const Pinhole& camera, const Vector3d& centre);

}  // namespace interprior
