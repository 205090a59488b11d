#pragma once
#include <array>

#include "interprior/data/examination/examination.h"
#include "interprior/hand/skinned_hand.h"

namespace interprior {

// MANO's joints relative to the wrist, m, with `mean_times` times hands_mean added to the finger angles.
HandJoints posed_joints(const double* pose, const double* shape, const ManoModel& model, const SkinnedHand& skinned,
                        double mean_times);

// Mean joint distance of two hands, m, after rigid alignment (Umeyama without scaling).
double distance_after_rotation(const HandJoints& a, const HandJoints& b);

// Median, 95th percentile and maximum of distances in mm.
ManoFit distribution_of(std::vector<double> distances_mm);

// Compares poses with the joints stored beside them, to detect a wrong use of hands_mean. Names: hands_mean_twice,
// hands_mean_missing, pose_misfit.
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
  std::vector<double> as_stored_mm_, less_mm_, more_mm_;  // hands_mean added stored_times, once less, once more
  std::string worst_;
};

}  // namespace interprior
