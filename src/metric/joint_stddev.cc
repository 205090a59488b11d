#include "joint_stddev.h"

#include <torch/types.h>

#include <cmath>
#include <limits>

#include "interprior/metric/mean_of_hands.h"

namespace interprior {

double& number_at(const torch::Tensor& tensor, int64_t index) { return tensor.data_ptr<double>()[index]; }

void JointStddev::add(const PerHand<JointPoints>& joints, int root) {
  ++count_;
  for (const Side side : kSides) {
    const JointPoints own = joints[side].colwise() - Vector3(joints[side].col(root)), step = own - mean_[side];
    mean_[side] += step / static_cast<double>(count_);
    squares_[side] += step.cwiseProduct(own - mean_[side]);
  }
}

void JointStddev::write(int64_t row, SampleErrors& errors) const {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN(), kMillimetres = 1000;
  PerHand<double> stddev{kNaN, kNaN};
  for (const Side side : kSides) {
    double sum = 0;
    int64_t counted = 0;
    for (int64_t joint = 0; joint < kJoints && count_ > 1; ++joint) {
      const int64_t at = kJoints * (2 * row + static_cast<int64_t>(side)) + joint;
      if (std::isnan(number_at(errors.per_joint, at))) continue;
      const double one = kMillimetres * std::sqrt(squares_[side].col(joint).sum() / static_cast<double>(count_ - 1));
      number_at(errors.hypothesis.per_joint_stddev, at) = one;
      sum += one;
      ++counted;
    }
    if (counted > 0) stddev[side] = sum / static_cast<double>(counted);
  }
  number_at(errors.hypothesis.stddev, row) = mean_of_hands(stddev);
}

}  // namespace interprior
