#include "joint_order_votes.h"

#include <c10/util/StringUtil.h>

namespace interprior {
namespace {

constexpr double kLonger = 1.1;  // factor by which bones are longer if joints are in another order
constexpr size_t kToldByBones =
    3;  // number of orders that change the sum of bone lengths; exchanging whole fingers does not change it
constexpr double kNearer = 0.5;  // an alternative is accepted below this fraction of the distance from the mesh's joints

JointPoints reordered(const JointPoints& joints, const std::array<int64_t, kJoints>& from) {
  JointPoints ordered;
  for (size_t joint = 0; joint < from.size(); ++joint)
    ordered.col(static_cast<Eigen::Index>(joint)) = joints.col(static_cast<Eigen::Index>(from[joint]));
  return ordered;
}

double bones_of(const JointPoints& joints) {
  double sum = 0;
  for (int joint = 1; joint < int{kJoints}; ++joint)
    sum += (joints.col(joint) - joints.col(static_cast<int>(kParents[static_cast<size_t>(joint)]))).norm();
  return sum;
}

double distance(const JointPoints& a, const JointPoints& b) { return (a - b).colwise().norm().mean(); }

double distance(const PerHand<JointPoints>& a, const PerHand<JointPoints>& b) {
  return distance(a.right, b.right) + distance(a.left, b.left);
}

}  // namespace

void JointOrderVotes::add(const JointPoints& joints) {
  std::array<double, kToldByBones> bones;
  for (size_t i = 0; i < bones.size(); ++i) bones[i] = bones_of(reordered(joints, kOtherJointOrders[i].from));
  const auto best = static_cast<size_t>(std::min_element(bones.begin(), bones.end()) - bones.begin());
  const bool other = bones_of(joints) > kLonger * bones[best];
  for (size_t i = 0; i < votes_.size(); ++i) votes_[i].add(other && i == best);
}

void JointOrderVotes::add(const PerHand<JointPoints>& joints, const PerHand<JointPoints>& mesh_joints) {
  std::array<double, kOtherJointOrders.size()> far;
  for (size_t i = 0; i < far.size(); ++i) {
    const auto& from = kOtherJointOrders[i].from;
    far[i] = distance({reordered(joints.right, from), reordered(joints.left, from)}, mesh_joints);
  }
  const auto best = static_cast<size_t>(std::min_element(far.begin(), far.end()) - far.begin());
  const double own = distance(joints, mesh_joints), exchanged = distance({joints.left, joints.right}, mesh_joints);
  for (size_t i = 0; i < votes_.size(); ++i) votes_[i].add(i == best && far[best] < kNearer * own && far[best] <= exchanged);
  exchanged_.add(exchanged < kNearer * own && exchanged < far[best]);
}

void JointOrderVotes::report(Findings& findings) const {
  for (size_t i = 0; i < votes_.size(); ++i)
    if (votes_[i].most())
      findings.push_back(
          {"joint_order",
           c10::str("the joints of ", votes_[i].against, " of ", votes_[i].looked, " hands are in ", kOtherJointOrders[i].name),
           "", c10::str("give ", kInterpriorJointOrder), true});
  if (exchanged_.most())
    findings.push_back(
        {"joints_exchanged",
         c10::str("the joints of ", exchanged_.against, " of ", exchanged_.looked, " samples are those of the other hand's mesh"),
         "", "index 0 is the right hand, 1 the left, in joints as in meshes", true});
}

}  // namespace interprior
