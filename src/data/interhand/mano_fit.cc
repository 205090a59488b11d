#include "mano_fit.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>

#include "interprior/base/median.h"
#include "interprior/geometry/alignment.h"

namespace interprior {
namespace {

constexpr double kOff = 8, kWrong = 25;  // mm, median distance: above kOff reported, above kWrong refused
constexpr double kBetter = 0.5;          // another count of hands_mean is reported if its distance is below this fraction

}  // namespace

HandJoints posed_joints(const double* pose, const double* shape, const ManoModel& model, const SkinnedHand& skinned,
                        double mean_times) {
  PosedHand hand;
  std::copy_n(shape, hand.shape.size(), hand.shape.begin());
  hand.rotations = rotations_from_axis_angles(with_hands_mean(pose, model, mean_times).data());
  SkinnedHand::Vertices vertices;
  HandJoints joints;
  skinned.pose(hand, vertices, joints);
  return joints;
}

double distance_after_rotation(const HandJoints& a, const HandJoints& b) {
  const auto points = [](const HandJoints& joints) {
    return Points(Eigen::Map<const Eigen::Matrix3Xd>(joints.front().data(), 3, kJoints));
  };
  const Points from = points(a), to = points(b);
  return (procrustes(from, to, Scaling::fixed) * from - to).colwise().norm().mean();
}

ManoFit distribution_of(std::vector<double> distances) {
  if (distances.empty()) return {};
  std::sort(distances.begin(), distances.end());
  const auto at = [&](double share) { return distances[static_cast<size_t>(share * static_cast<double>(distances.size() - 1))]; };
  return {static_cast<int64_t>(distances.size()), at(0.5), at(0.95), distances.back()};
}

void MeanPoseCheck::add(const double* pose, const double* shape, const HandJoints& joints, const ManoModel& model,
                        const SkinnedHand& skinned, const std::string& sample) {
  const auto error = [&](double times) {
    return 1000 * distance_after_rotation(posed_joints(pose, shape, model, skinned, times), joints);
  };
  as_stored_mm_.push_back(error(stored_times_));
  less_mm_.push_back(error(stored_times_ - 1));
  more_mm_.push_back(error(stored_times_ + 1));
  if (as_stored_mm_.back() >= *std::max_element(as_stored_mm_.begin(), as_stored_mm_.end())) worst_ = sample;
}

void MeanPoseCheck::report(Findings& findings) const {
  if (as_stored_mm_.empty()) return;
  const double own = median(as_stored_mm_), less = median(less_mm_), more = median(more_mm_);
  if (own < kOff) return;
  const std::string away =
      c10::str("the posed joints are ", own, " mm from the stored joints (median of ", as_stored_mm_.size(), " hands)");
  if (std::min(less, more) < kBetter * own) {
    const bool twice = less < more;
    findings.push_back(
        {twice ? "hands_mean_twice" : "hands_mean_missing",
         c10::str(away, ", but ", std::min(less, more), " mm with hands_mean added once ", twice ? "less" : "more"), "",
         stored_times_ > 0 ? "give poses relative to hands_mean" : "give absolute poses: hands_mean added once", true});
  } else {
    findings.push_back({"pose_misfit", away, worst_,
                        "check the hand file, the units of pose (axis-angle, rad; no PCA coefficients) and the joints' order",
                        own > kWrong});
  }
}

}  // namespace interprior
