#pragma once
#include <vector>

#include "hand_chain.h"
#include "interprior/data/posed_hand.h"

namespace interprior {

// ManoLayer for one hand at a time in plain numbers: linear blend skinning without a tensor, for the loader's threads.
class SkinnedHand {
 public:
  explicit SkinnedHand(const ManoModel& model);  // throws Error when the model is not a valid one

  // Fills mesh and joints (valid ones) from rotations, shape and wrist.
  void pose(PosedHand& hand) const;
  // J0: the rest wrist of a shape, in MANO's own frame.
  Vector3 rest_wrist(const std::array<double, 10>& shape) const;

 private:
  struct Weight {
    int32_t joint;
    float share;
  };
  std::array<Vector3, kManoJoints> rest_joints(const std::array<double, 10>& shape) const;

  std::vector<float> template_;                  // (V,3)
  std::vector<std::vector<float>> shape_basis_;  // (10) of (V,3)
  std::vector<std::vector<float>> pose_basis_;   // (135) of (V,3); none where the model has none
  std::array<Vector3, kManoJoints> joint_template_;
  std::array<std::array<Vector3, kManoJoints>, 10> joint_basis_;
  std::vector<Weight> weights_;     // those above 0, vertex by vertex
  std::vector<size_t> weight_end_;  // (V) where a vertex's weights end
  std::vector<std::array<int32_t, 3>> faces_;
  std::array<size_t, 5> tips_;
};

}  // namespace interprior
