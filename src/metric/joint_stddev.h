#pragma once
#include "interprior/metric/sample_errors.h"
#include "mesh_poser.h"

namespace interprior {

// Welford's mean and variance of each joint over the hypotheses of one sample.
class JointStddev {
 public:
  void add(const PerHand<JointPoints>& joints, int root);
  void write(int64_t row, SampleErrors& errors) const;  // standard deviations of joints that have an error

 private:
  int64_t count_ = 0;
  PerHand<JointPoints> mean_{JointPoints::Zero(), JointPoints::Zero()}, squares_{JointPoints::Zero(), JointPoints::Zero()};
};

double& number_at(const torch::Tensor& tensor, int64_t index);  // of a float64 tensor

}  // namespace interprior
