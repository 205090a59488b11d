#pragma once
#include <opencv2/core.hpp>
#include <vector>

#include "interprior/base/seed.h"
#include "interprior/render/shading.h"
#include "skin_features.h"

namespace interprior {

using Rgb = std::array<float, 3>;  // linear

struct SkinLook {
  Rgb base;  // factor on the whole layer
  float red, dark, nail, grain;
};

// The skin of a hand file's hands laid flat: seen from the back and from the palm, in one frame for both sides. What is drawn on
// it sticks to the hand, however it is posed and shaped.
class SkinMap {
 public:
  explicit SkinMap(const HandModel& hand);

  // One person's two hands: blotches, grain, nails, wrinkles and red knuckles on the back, creases and pale skin in the palm.
  // `skin`: of right and left. `strength` 0..1; 0 gives hands of one colour.
  PerHand<Paint> paint(const PerHand<Rgb>& skin, double strength, Random& random) const;

  // A bare forearm of so many vertices, ring after ring of the rim's: the colours of the hand's rim go on along it.
  static Paint forearm_paint(const Paint& hand, const std::vector<int32_t>& rim, size_t vertices);

 private:
  cv::Mat compose(const SkinFeatures& features, const SkinLook& look, Random& random) const;

  PerHand<std::vector<Paint::Place>> place_;
  PerHand<std::array<std::vector<float>, 3>> rest_;  // m, in the hand's own axes: fingers, palm, thumb
  SkinFeatures back_, palm_;
  cv::Mat grain_;  // a tile
};

}  // namespace interprior
