#pragma once
#include <Eigen/Core>
#include <string>

#include "interprior/geometry/rigid_transform.h"

// The One-Euro filter: Casiez, Roussel and Vogel, "1 Euro Filter: A Simple Speed-based Low-pass Filter for Noisy Input in
// Interactive Systems", CHI 2012, Algorithm 1. A first-order low-pass filter whose cutoff frequency grows with the speed of the
// signal: a hand at rest is smoothed much, a fast hand is followed with little lag. Causal; any frame rate, also a changing one.
namespace interprior {

struct OneEuroOptions {
  double min_cutoff = 1;  // Hz, the cutoff at rest: lower smooths more
  double beta = 0;        // Hz per unit of speed (1/rad for rotations, 1/m for positions): higher lags less in fast motion
  double d_cutoff = 1;    // Hz, cutoff of the speed; the paper's value
};

// Throws Error with `name` unless the options are finite, the cutoffs above 0 and beta at least 0.
void check_options(const OneEuroOptions& options, const std::string& name);

// The weight of a new sample in a first-order low-pass filter, 1 / (1 + 1 / (2 pi cutoff seconds)), in (0, 1).
double low_pass_weight(double cutoff, double seconds);

// The filter of a point in N dimensions. The speed is the norm of the filtered velocity, so that the filter commutes with
// rotations and translations of the space. A sample is filtered in two steps, so that several filters can share one cutoff.
template <int N>
class OneEuroPoint {
 public:
  using Point = Eigen::Matrix<double, N, 1>;

  // Starts, also again, at a sample, which is its own output.
  void start(const Point& sample) {
    output_ = sample;
    velocity_.setZero();
  }
  // The cutoff, Hz, for a sample that comes `seconds` after the last one. Once per sample.
  double cutoff_of(const Point& sample, double seconds, const OneEuroOptions& options) {
    velocity_ += low_pass_weight(options.d_cutoff, seconds) * ((sample - output_) / seconds - velocity_);
    return options.min_cutoff + options.beta * velocity_.norm();
  }
  const Point& filter(const Point& sample, double seconds, double cutoff) {
    output_ += low_pass_weight(cutoff, seconds) * (sample - output_);
    return output_;
  }

 private:
  Point output_ = Point::Zero(), velocity_ = Point::Zero();
};

// The filter of a rotation, in the tangent space at its last output: the difference of a sample R from the output S is the
// rotation vector log(R S^T), rad, in the axes that the rotation maps to. Nothing is special at 180 degrees, and the filter
// commutes with rotations of these axes.
class OneEuroRotation {
 public:
  void start(const Matrix3& sample);
  double cutoff_of(const Matrix3& sample, double seconds, const OneEuroOptions& options);  // Hz, once per sample
  const Matrix3& filter(const Matrix3& sample, double seconds, double cutoff);

 private:
  Matrix3 output_ = Matrix3::Identity();
  Vector3 velocity_;  // rad/s
};

}  // namespace interprior
