#pragma once
#include <memory>
#include <string>

#include "interprior/base/finding.h"
#include "interprior/hand/joint_orders.h"
#include "interprior/hand/posed_hand.h"

namespace interprior {

// Checks the joint annotations of a data set: joint order, unit, and handedness (mirror images). Bone lengths do not depend on
// the pose; the joint order is the one whose bone proportions are nearest to those of the rest pose.
class JointCheck {
 public:
  explicit JointCheck(const HandModel& rest);
  ~JointCheck();

  // Adds a hand: 21 joints in any frame and unit.
  void add(Side side, const HandJoints& joints, const std::string& sample);
  // Appends findings joint_order, joint_unit, joints_mirrored. `what`: name of the joints, such as "annotated joints".
  void report(const std::string& what, Findings& findings) const;
  bool mirrored() const;  // whether most hands of each side present are mirror images

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace interprior
