#pragma once
#include <array>

#include "interprior/data/examination/examination.h"
#include "interprior/hand/skinned_hand.h"

namespace interprior {

using HandJoints = std::array<Vector3, kJoints>;

// The joints of MANO's hand about its wrist, with `mean_times` times hands_mean added to the fingers' angles.
HandJoints posed_joints(const double* pose, const double* shape, const ManoModel& model, const SkinnedHand& skinned,
                        double mean_times);

// Mean distance of two hands, each about its wrist, after the rotation that brings them nearest; m.
double distance_after_rotation(const HandJoints& a, const HandJoints& b);

// Distances in mm as a distribution.
ManoFit distribution_of(std::vector<double> distances_mm);

// Poses beside their own joints: which way of counting hands_mean makes the joints. Names: hands_mean_twice, hands_mean_missing,
// pose_misfit.
class MeanPoseCheck {
 public:
  explicit MeanPoseCheck(double stored_times)
      : stored_times_(stored_times) {}  // how many times hands_mean is to be added: 0 or 1
  void add(const double* pose, const double* shape, const HandJoints& joints, const ManoModel& model, const SkinnedHand& skinned,
           const std::string& sample);
  void report(Findings& findings) const;
  const std::vector<double>& as_stored_mm() const { return as_stored_mm_; }

 private:
  double stored_times_;
  std::vector<double> as_stored_mm_, less_mm_, more_mm_;  // hands_mean added as it should be, once less, once more
  std::string worst_;
};

}  // namespace interprior
