#pragma once
#include "interprior/base/finding.h"
#include "interprior/hand/joint_orders.h"
#include "metric/mesh_poser.h"
#include "votes.h"

namespace interprior {

// Whether the joints of a set are in another order than hand/skeleton.h's; the report names the best-fitting order.
class JointOrderVotes {
 public:
  // Joints alone: in a wrong order, bones are longer.
  void add(const JointPoints& joints);
  // Joints with meshes: in the correct order and for the correct hand, joints are nearest to those of the meshes.
  void add(const PerHand<JointPoints>& joints, const PerHand<JointPoints>& mesh_joints);
  void report(Findings& findings) const;  // joint_order, joints_exchanged

 private:
  std::array<Votes, kOtherJointOrders.size()> votes_;
  Votes exchanged_;
};

}  // namespace interprior
