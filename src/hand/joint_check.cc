#include "interprior/hand/joint_check.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include <Eigen/LU>
#include <Eigen/SVD>
#include <algorithm>
#include <cmath>

#include "interprior/base/median.h"
#include "interprior/hand/bone_proportions.h"

namespace interprior {
namespace {

constexpr int64_t kFewest = 2;    // minimum number of hands for a finding
constexpr double kMost = 0.8;     // minimum fraction of faulty hands for a refused finding
constexpr double kNearer = 0.6;   // maximum ratio of a recognised order's difference to that of the expected order
constexpr double kNear = 0.35;    // maximum difference of bone proportions in a recognised order
constexpr double kFlat = 0.02;    // smallest / largest singular value; flatter hands have no reliable chirality
constexpr size_t kKept = 200000;  // maximum number of bone lengths for the median

Eigen::Matrix<double, 3, kJoints> centred(const HandJoints& joints) {
  const Eigen::Matrix<double, 3, kJoints> points = Eigen::Map<const Eigen::Matrix<double, 3, kJoints>>(joints.front().data());
  return points.colwise() - Vector3(points.rowwise().mean());
}

struct Share {
  int64_t looked = 0, against = 0;
  std::string first;
  void add(bool is_against, const std::string& sample) {
    ++looked;
    if (is_against && against++ == 0) first = sample;
  }
  bool most() const { return looked >= kFewest && static_cast<double>(against) > kMost * static_cast<double>(looked); }
};

}  // namespace

struct JointCheck::Impl {
  PerHand<HandJoints> rest;
  PerHand<BoneProportions> proportion;
  std::array<Share, kOtherJointOrders.size()> other;
  PerHand<Share> chirality;
  std::vector<double> bones;  // lengths from wrist to middle MCP joint
};

JointCheck::JointCheck(const HandModel& rest) : impl_(std::make_unique<Impl>()) {
  for (const Side side : kSides) {
    impl_->rest[side] = rest_joints(rest.hand[side]);
    impl_->proportion[side] = bone_proportions(impl_->rest[side]);
  }
}
JointCheck::~JointCheck() = default;

void JointCheck::add(Side side, const HandJoints& joints, const std::string& sample) {
  if (std::all_of(joints.begin(), joints.end(), [&](const Vector3& joint) { return joint == joints[0]; }))
    return;  // unannotated joints
  std::array<double, kOtherJointOrders.size()> differences;
  for (size_t i = 0; i < differences.size(); ++i)
    differences[i] = difference(bone_proportions(reordered(joints, kOtherJointOrders[i].from)), impl_->proportion[side]);
  const auto best = static_cast<size_t>(std::min_element(differences.begin(), differences.end()) - differences.begin());
  const bool other =
      differences[best] < kNear && differences[best] < kNearer * difference(bone_proportions(joints), impl_->proportion[side]);
  for (size_t i = 0; i < impl_->other.size(); ++i) impl_->other[i].add(other && i == best, sample);
  if (impl_->bones.size() < kKept) {
    const HandJoints ordered = other ? reordered(joints, kOtherJointOrders[best].from) : joints;
    impl_->bones.push_back((ordered[kMiddleMcp] - ordered[kWrist]).norm());
  }
  if (other) return;
  const Matrix3 covariance = centred(joints) * centred(impl_->rest[side]).transpose();
  const Eigen::JacobiSVD<Matrix3> svd(covariance);
  if (svd.singularValues()(2) > kFlat * svd.singularValues()(0)) impl_->chirality[side].add(covariance.determinant() < 0, sample);
}

bool JointCheck::mirrored() const {
  const auto &right = impl_->chirality.right, &left = impl_->chirality.left;
  return (right.most() && (left.most() || left.looked < kFewest)) || (left.most() && right.looked < kFewest);
}

void JointCheck::report(const std::string& what, Findings& findings) const {
  for (size_t i = 0; i < impl_->other.size(); ++i) {
    const Share& share = impl_->other[i];
    if (share.against == 0 || (!share.most() && share.against * 20 < share.looked)) continue;  // below 1 in 20: noise
    findings.push_back(
        {"joint_order",
         c10::str("the ", what, " of ", share.against, " of ", share.looked, " hands are in ", kOtherJointOrders[i].name),
         share.first, c10::str("reorder them to ", kInterpriorJointOrder), share.most()});
  }
  if (!impl_->bones.empty()) {
    const double bone = median(impl_->bones);
    const char* unit = bone > 20 ? "millimetres" : bone > 1 ? "centimetres" : bone < 0.005 ? "metres divided by 1000" : nullptr;
    if (unit != nullptr)
      findings.push_back(
          {"joint_unit",
           c10::str("the ", what, " measure ", bone, " m from wrist to middle MCP joint (median); they look like ", unit), "",
           "use the unit that the format requires", true});
  }
  if (mirrored()) {
    const auto &right = impl_->chirality.right, &left = impl_->chirality.left;
    findings.push_back({"joints_mirrored",
                        c10::str("the ", what, " of ", right.against + left.against, " of ", right.looked + left.looked,
                                 " hands are mirror images of their labelled side"),
                        right.first.empty() ? left.first : right.first,
                        "right and left are exchanged, or the images were mirrored: index 0 is the right hand, 1 the left",
                        true});
  } else {
    for (const Side side : kSides)
      if (const Share& share = impl_->chirality[side]; share.most())
        findings.push_back({"joints_mirrored",
                            c10::str("the ", what, " of ", share.against, " of ", share.looked, " ", side_name(side),
                                     " hands are mirror images of a ", side_name(side), " hand"),
                            share.first, "index 0 is the right hand, 1 the left", true});
  }
}

}  // namespace interprior
