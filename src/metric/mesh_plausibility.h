#pragma once
#include "interprior/metric/plausible.h"
#include "mesh_poser.h"

namespace interprior {

// As plausible_points(), of one cloud.
bool within_limits(const Points& points);
// Whether a mesh and the joints regressed from it can be measured: within the limits, with a bone to scale by.
bool is_plausible(const Points& vertices, const JointPoints& mesh_joints);

// Whether a mesh is a hand at all, whose surface tells how hands meet, and not noise or vertices in another order: no side of its
// box is beyond kLargestSurface, and its edges are not far longer than those of the hand file's hand at rest.
class HandLikeness {
 public:
  explicit HandLikeness(const ManoModel& model);
  bool operator()(const Points& vertices) const;

 private:
  static constexpr double kLargestSurface = 0.4;  // m: bounds what measuring one sample costs
  static constexpr double kMostStretched = 3;     // times the mean edge at rest

  double edge_sum(const Points& vertices) const;

  std::vector<std::array<int32_t, 2>> edges_;
  double rest_sum_;
};

}  // namespace interprior
