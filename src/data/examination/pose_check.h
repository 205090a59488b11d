#pragma once
#include <array>
#include <string>
#include <vector>

#include "interprior/base/finding.h"
#include "interprior/hand/mano_model.h"

namespace interprior {

// How the poses of a set count their fingers' angles: from MANO's flat hand, or from its mean pose (hands_mean).
enum class PoseOrigin { absolute, relative_to_mean };

// What MANO's parameters of many hands tell of a set without its joints: degrees, coefficients of a PCA instead of angles,
// hands_mean added twice or never, right and left exchanged, shapes beyond any hand.
class PoseCheck {
 public:
  // hand: nullptr where it is not known; checks that need its hands_mean are left out.
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
  std::vector<double> angles_, shapes_;  // largest of each hand, of the first kKept hands
  std::string first_large_shape_;
  int64_t large_shapes_ = 0;
};

}  // namespace interprior
