#pragma once
#include <memory>

#include "mesh_poser.h"

namespace interprior {

// How two closed surfaces meet (docs/protocols.md); 0 of the first three where neither reaches into the other.
struct Meeting {
  double penetration_mm = 0, mean_depth_mm = 0, intersection_cm3 = 0, distance_mm = 0;
};

// The closed surfaces of both hands of one sample after the other, each in a bounding volume hierarchy of Embree's. For one
// thread.
class ClosedHands {
 public:
  explicit ClosedHands(const MeshPoser& poser);
  ~ClosedHands();
  ClosedHands(const ClosedHands&) = delete;
  ClosedHands& operator=(const ClosedHands&) = delete;

  // Both with finite vertices; they stay where they are until the next ones are placed.
  void place(const PerHand<Points>& vertices);
  Meeting meeting();
  // Share of these joints of a hand that the other one hides from the camera's centre.
  double occlusion(Side side, const JointPoints& joints);

 private:
  struct Surface;
  PerHand<std::unique_ptr<Surface>> surface_;
  Eigen::Vector3d centre_ = Eigen::Vector3d::Zero();
};

// Of the tight boxes of both hands as the camera sees them: what they share over the smaller one's area.
double box_overlap(const PerHand<Points>& vertices);

}  // namespace interprior
