#include "interprior/infer/one_euro.h"

#include <c10/util/StringUtil.h>

#include <Eigen/Geometry>
#include <cmath>
#include <numbers>

#include "interprior/base/error.h"

namespace interprior {
namespace {

Vector3 difference(const Matrix3& sample, const Matrix3& output) { return axis_angle_from_rotation(sample * output.transpose()); }

}  // namespace

void check_options(const OneEuroOptions& options, const std::string& name) {
  const auto positive = [](double value) { return std::isfinite(value) && value > 0; };
  require(positive(options.min_cutoff) && positive(options.d_cutoff),
          c10::str("a filter has the cutoffs ", options.min_cutoff, " and ", options.d_cutoff, " Hz"), name,
          "give frequencies above 0");
  require(std::isfinite(options.beta) && options.beta >= 0, c10::str("a filter has a beta of ", options.beta), name,
          "give 0 or more");
}

double low_pass_weight(double cutoff, double seconds) {
  const double turns = 2 * std::numbers::pi * cutoff * seconds;
  return turns / (turns + 1);
}

void OneEuroRotation::start(const Matrix3& sample) {
  output_ = sample;
  velocity_.setZero();
}

double OneEuroRotation::cutoff_of(const Matrix3& sample, double seconds, const OneEuroOptions& options) {
  velocity_ += low_pass_weight(options.d_cutoff, seconds) * (difference(sample, output_) / seconds - velocity_);
  return options.min_cutoff + options.beta * velocity_.norm();
}

const Matrix3& OneEuroRotation::filter(const Matrix3& sample, double seconds, double cutoff) {
  output_ = rotation_from_axis_angle(low_pass_weight(cutoff, seconds) * difference(sample, output_)) * output_;
  // Thousands of products would drift from a rotation.
  const Eigen::Quaterniond unit = Eigen::Quaterniond(output_).normalized();
  output_ = unit.toRotationMatrix();
  return output_;
}

}  // namespace interprior
