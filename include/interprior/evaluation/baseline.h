#pragma once
#include "interprior/metric/hand_sets/hand_set.h"

namespace interprior {

// Baselines that a network must beat: averages of the ground truth (per hand the chordal mean of rotations and the mean shape;
// mean wrist positions, hence mean tau). Joint positions are not averaged: their mean is not a hand. Invalid hands do not count.
// The averages do not depend on the order of the samples.
class MeanHands {
 public:
  explicit MeanHands(const TwoHands& hands);
  ~MeanHands();

  void add(const HandSet& truth);  // throws Error when `truth` has no MANO parameters
  PerHand<bool> known() const;     // whether a valid hand of the side was added
  // Baseline predictions for `truth`, added before or not: the mean pose at the mean wrist positions; or the same fingers and
  // shape with ground-truth global orientation and ground-truth wrist positions.
  HandSet mean_pose(const HandSet& truth) const;
  HandSet mean_pose_gt_orientation(const HandSet& truth) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Baselines from the averages of `truth` itself.
HandSet mean_pose_baseline(const HandSet& truth, const TwoHands& hands);
HandSet mean_pose_gt_orientation_baseline(const HandSet& truth, const TwoHands& hands);

}  // namespace interprior
