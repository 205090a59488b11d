#pragma once
#include <memory>
#include <string>

#include "interprior/base/finding.h"
#include "interprior/geometry/camera.h"
#include "interprior/hand/mano_model.h"
#include "interprior/hand/skeleton.h"

namespace interprior {

// An order of 21 joints that some data set or program uses.
struct JointOrder {
  const char* name;                    // whose it is, and what it looks like
  std::array<int64_t, kJoints> from;   // ours[i] = theirs[from[i]]
};

// Ours first; then InterHand2.6M's, MANO's with the tips appended, RHD's (wrist first, each finger from tip to base), and orders
// that begin with the pinky.
const std::vector<JointOrder>& known_joint_orders();

// What the joints of many hands tell of a set: their order, their unit, and whether they are mirror images. Bone lengths do not
// depend on the pose: the order under which their proportions are nearest to a rest hand's is the order the joints are in.
class JointCheck {
 public:
  explicit JointCheck(const HandModel& rest);
  ~JointCheck();

  // Joints (21) in any frame, any unit.
  void add(Side side, const std::array<Vector3, kJoints>& joints, const std::string& sample);
  // Names: joint_order, joint_unit, joints_mirrored. `what`: what these joints are called, such as "annotated joints".
  void report(const std::string& what, Findings& findings) const;
  bool mirrored() const;  // most hands of both sides, or of the one that is there

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace interprior
