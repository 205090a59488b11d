#pragma once
#include <array>
#include <string>
#include <vector>

#include "interprior/base/finding.h"
#include "interprior/hand/mano_model.h"

namespace interprior {

// Whether finger angles are relative to MANO's flat hand (absolute) or to its mean pose (hands_mean).
enum class PoseOrigin { absolute, relative_to_mean };

// Checks MANO parameters of many hands without joints: angles in degrees, PCA coefficients instead of angles, hands_mean added
// twice or never, right and left exchanged, implausible shapes.
class PoseCheck {
 public:
  // hand: nullptr if not known; checks that need hands_mean are then skipped.
  PoseCheck(const HandModel* hand, PoseOrigin origin);

  void add(Side side, const double* pose, const double* shape, const std::string& sample);  // (48) rad, (10)
  // Names: pose_degrees, pose_pca, shape_implausible, hands_mean_twice, hands_mean_missing, mano_exchanged.
  void report(Findings& findings) const;

 private:
  static constexpr size_t kNumbers = 45;
  struct OfSide {
    int64_t count = 0;
    std::array<double, kNumbers> sum{}, squares{}, largest{};
  };
  void report_numbers(Findings& findings) const;
  void report_mean(Findings& findings) const;

  const HandModel* hand_;
  PoseOrigin origin_;
  PerHand<OfSide> side_;
  std::vector<double> angles_, shapes_;  // largest magnitude per hand, of the first kKept hands
  std::string first_large_shape_;
  int64_t large_shapes_ = 0;
};

}  // namespace interprior
