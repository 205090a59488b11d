#pragma once
#include <opencv2/core.hpp>
#include <vector>

#include "interprior/base/seed.h"
#include "interprior/render/shading.h"
#include "skin_features.h"

namespace interprior {

using Rgb = std::array<float, 3>;  // linear

struct SkinLook {
  Rgb base;  // colour factor of the layer
  float red, dark, nail, grain;
};

// Texture maps of a hand file's flat hands, one from the back and one from the palm, in one frame for both sides. The texture
// follows the hand in any pose and shape.
class SkinMap {
 public:
  explicit SkinMap(const HandModel& hand);

  // Samples the texture of one person's hands: blotches, grain, nails, wrinkles and red knuckles on the back, creases and pale
  // skin in the palm. `skin`: base colours. `strength` 0..1; 0: hands of a single colour.
  PerHand<Paint> paint(const PerHand<Rgb>& skin, double strength, Random& random) const;

  // Texture of a bare forearm with this many vertices, in rings of the rim's length: continues the colours of the hand's rim.
  static Paint forearm_paint(const Paint& hand, const std::vector<int32_t>& rim, size_t vertices);

 private:
  cv::Mat compose(const SkinFeatures& features, const SkinLook& look, Random& random) const;

  PerHand<std::vector<Paint::Place>> place_;
  PerHand<std::array<std::vector<float>, 3>> rest_;  // m, in the hand's own axes: fingers, palm, thumb
  SkinFeatures back_, palm_;
  cv::Mat grain_;  // repeated noise tile
};

}  // namespace interprior
