#pragma once
#include "interprior/base/finding.h"
#include "interprior/hand/bone_proportions.h"
#include "interprior/hand/joint_orders.h"

namespace interprior {

// Checks the declared order of 2D joints. Under random views, every bone is foreshortened alike on average: the mean bone
// proportions of many hands in the image are those of a hand, but not under another order.
class KeypointOrder {
 public:
  // `declared`: the order in which the joints were read. `rest`: bone proportions of a hand.
  KeypointOrder(const JointOrder& declared, const BoneProportions& rest) : declared_(declared), rest_(rest) {}

  // Joints (21) in interprior's order as read, z = 0. Hands similar to an earlier one are skipped: a video of a still hand is one
  // view.
  void add(const HandJoints& joints, const std::string& image);
  void report(Findings& findings) const;

 private:
  static constexpr size_t kOrders = kOtherJointOrders.size() + 1;
  static const JointOrder& order(size_t i) { return i == 0 ? kInterpriorJointOrders.front() : kOtherJointOrders[i - 1]; }

  const JointOrder& declared_;
  BoneProportions rest_;
  std::vector<BoneProportions> views_;          // as read, of each distinct view
  std::array<BoneProportions, kOrders> sum_{};  // over these views, under each order
  std::string first_;
};

}  // namespace interprior
