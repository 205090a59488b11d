#pragma once
#include "interprior/metric/hand_sets/hand_set.h"

namespace interprior {

// What a network must beat: predictions made of the truth's own averages (chordal mean of rotations, mean shape, per hand; mean
// wrist positions, hence mean tau). Never a mean of joint positions, which is no hand. Hands that are not valid do not count.
// The averages do not depend on the order in which the truth is seen.
class MeanHands {
 public:
  explicit MeanHands(const TwoHands& hands);
  ~MeanHands();

  void add(const HandSet& truth);  // throws Error when it has no MANO parameters
  PerHand<bool> known() const;     // whether a valid hand of the side was added
  // Of these samples (any that were added or not): the mean pose where the hands are on average; or the same fingers and shape
  // under the true wrist rotations, at the true wrists.
  HandSet mean_pose(const HandSet& truth) const;
  HandSet mean_pose_true_wrist(const HandSet& truth) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Of a set's own averages.
HandSet mean_pose_baseline(const HandSet& truth, const TwoHands& hands);
HandSet mean_pose_true_wrist_baseline(const HandSet& truth, const TwoHands& hands);

}  // namespace interprior
