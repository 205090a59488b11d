#pragma once
#include "interprior/metric/plausible.h"
#include "mesh_poser.h"

namespace interprior {

// As plausible_points(), for one cloud.
bool within_limits(const Points& points);
// Whether a mesh and its regressed joints can be evaluated: within the limits, with a bone length usable for scaling.
bool is_plausible(const Points& vertices, const JointPoints& mesh_joints);

// Whether a mesh is a hand, whose surface is meaningful for contact, and not noise or vertices in another order: no side of its
// box exceeds kLargestSurface, and its mean edge is at most kMaxStretched times that of the hand file's rest pose.
class HandLikeness {
 public:
  explicit HandLikeness(const ManoModel& model);
  bool operator()(const Points& vertices) const;

 private:
  static constexpr double kLargestSurface = 0.4;  // m: bounds the cost of evaluating one sample
  static constexpr double kMaxStretched = 3;      // times the mean edge at rest

  double edge_sum(const Points& vertices) const;

  std::vector<std::array<int32_t, 2>> edges_;
  double rest_sum_;
};

}  // namespace interprior
