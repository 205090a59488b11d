#pragma once
#include "interprior/base/finding.h"
#include "interprior/hand/bone_proportions.h"
#include "interprior/hand/joint_orders.h"

namespace interprior {

// Whether 2D joints are in the order that they were read in. Seen from a random side every bone is foreshortened alike on
// average: the mean proportions of many hands in the image are those of a hand, and under another order they are not.
class KeypointOrder {
 public:
  // `declared`: the order that the joints were read in. `rest`: bone proportions of a hand.
  KeypointOrder(const JointOrder& declared, const BoneProportions& rest) : declared_(declared), rest_(rest) {}

  // Joints (21) in our order as read, z = 0. Hands that look like one before them count once: a video of a still hand is one
  // view.
  void add(const HandJoints& joints, const std::string& picture);
  void report(Findings& findings) const;

 private:
  static constexpr size_t kOrders = kOtherJointOrders.size() + 1;
  static const JointOrder& order(size_t i) { return i == 0 ? kOurJointOrders.front() : kOtherJointOrders[i - 1]; }

  const JointOrder& declared_;
  BoneProportions rest_;
  std::vector<BoneProportions> views_;          // as read, of each that counts
  std::array<BoneProportions, kOrders> sum_{};  // over those, under each order
  std::string first_;
};

}  // namespace interprior
