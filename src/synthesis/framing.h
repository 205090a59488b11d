#pragma once
#include "interprior/base/seed.h"
#include "interprior/geometry/camera.h"
#include "interprior/geometry/mesh.h"
#include "interprior/hand/hand_chain.h"

namespace interprior {

// A camera and the intended distance of the hands.
struct Framing {
  Pinhole camera;
  double distance = 1;  // m
};

// Samples focal length and distance for an image of this size. variety 0: InterHand2.6M's studio, focal length 2.5 image sides at
// a distance of a metre; 1: from a phone camera (0.8) to a long lens (3.2), nearer or farther.
Framing sample_framing(int64_t width, int64_t height, double variety, Random& random);

// Samples an image size, longer side 512 px, landscape or portrait: shorter side 334 px, or with variety any common aspect ratio.
std::array<int64_t, 2> sample_image_size(double variety, Random& random);

// Wrist position and direction (unit) of the flat hand's fingers; the forearm extends in the opposite direction.
struct Arm {
  Vector3 wrist, fingers;
};

// Places a pair of hands, given relative to their root, near `centre`; farther if they would leave the image or an elbow would be
// too near to the camera. Returns the root, m.
Vector3 place_in_camera(const PerHand<Mesh>& hands, const PerHand<Arm>& arms, const Pinhole& camera, const Vector3& centre);

}  // namespace interprior
