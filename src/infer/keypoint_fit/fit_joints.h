#pragma once
#include <torch/types.h>

#include "interprior/hand/joint_derivatives.h"
#include "interprior/hand/skeleton.h"
#include "interprior/model/interaction_prior.h"

namespace interprior {

inline constexpr int64_t kPairJoints = 2 * kJoints;  // right, then left

// Joints of both hands in the right wrist's frame, and their Jacobian by the state.
struct PairJoints {
  torch::Tensor joints;    // (B,42,3) m
  torch::Tensor by_state;  // (B,42,3,209)
};

// Joints of states (B,209) in the layout of InteractionPrior. float64.
class PairJointModel {
 public:
  PairJointModel(const HandModel& hand, Anchor anchor, torch::Device device);
  PairJoints operator()(const torch::Tensor& state) const;
  torch::Tensor joints(const torch::Tensor& state) const;  // without Jacobian

 private:
  PerHand<JointModel> side_;
  Anchor anchor_;
};

}  // namespace interprior
