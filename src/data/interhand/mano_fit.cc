#include "mano_fit.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>

namespace interprior {
namespace {

constexpr double kOff = 8, kWrong = 25;  // mm, median distance: above kOff reported, above kWrong refused
constexpr double kBetter = 0.5;          // another count of hands_mean is reported if its distance is below this fraction

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<int64_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

HandJoints posed_joints(const double* pose, const double* shape, const ManoModel& model, const SkinnedHand& skinned,
                        double mean_times) {
  PlainPose plain;
  std::copy_n(shape, plain.shape.size(), plain.shape.begin());
  const double* mean = model.hands_mean.const_data_ptr<double>();
  for (size_t joint = 0; joint < plain.rotations.size(); ++joint) {
    Vector3 angles;
    for (size_t k = 0; k < 3; ++k) angles[k] = pose[3 * joint + k] + (joint > 0 ? mean_times * mean[3 * (joint - 1) + k] : 0);
    plain.rotations[joint] = plain_rotation(angles);
  }
  SkinnedHand::Vertices vertices;
  HandJoints joints;
  skinned.pose(plain, vertices, joints);
  return joints;
}

double distance_after_rotation(const HandJoints& a, const HandJoints& b) {
  using Points = Eigen::Matrix<double, 3, kJoints>;
  const Points from = Eigen::Map<const Points>(a.front().data()), to = Eigen::Map<const Points>(b.front().data());
  const Eigen::Matrix4d motion = Eigen::umeyama(from, to, /*with_scaling=*/false);
  const Points moved = (motion.topLeftCorner<3, 3>() * from).colwise() + Eigen::Vector3d(motion.topRightCorner<3, 1>());
  return (moved - to).colwise().norm().mean();
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
