#pragma once
#include <memory>

#include "mesh_poser.h"

namespace interprior {

// Contact of two closed surfaces (docs/protocols.md). The first three are 0 without penetration.
struct ContactMeasures {
  double penetration_mm = 0, mean_depth_mm = 0, intersection_cm3 = 0, distance_mm = 0;
};

// The closed surfaces of both hands of one sample at a time, each in a bounding volume hierarchy of Embree. Not thread-safe.
class ClosedHands {
 public:
  explicit ClosedHands(const MeshPoser& poser);
  ~ClosedHands();
  ClosedHands(const ClosedHands&) = delete;
  ClosedHands& operator=(const ClosedHands&) = delete;

  // Sets both hands, whose vertices must be finite, for the calls below.
  void place(const PerHand<Points>& vertices);
  ContactMeasures measures();
  // Share of a hand's joints that the other hand occludes from the camera's centre.
  double occlusion(Side side, const JointPoints& joints);

 private:
  struct Surface;
  PerHand<std::unique_ptr<Surface>> surface_;
  Vector3 centre_;
};

// Intersection area of both hands' tight boxes in the image over the smaller box's area.
double box_overlap(const PerHand<Points>& vertices);

}  // namespace interprior
