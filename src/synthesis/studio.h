#pragma once
#include <opencv2/core.hpp>
#include <vector>

#include "interprior/hand/hand_chain.h"
#include "interprior/interaction/variety.h"
#include "interprior/render/rasteriser.h"
#include "skin.h"

namespace interprior {

struct Photograph {
  cv::Mat picture;  // 8-bit RGB
  Raster raster;    // of the right hand, the left hand and their forearms, in this order
};

// Photographs pairs of hands: gives them skin, forearms, lights and a background. A pure function of its arguments; threads may
// share it.
class Studio {
 public:
  Studio(const HandModel& hand, const VarietyConfig& variety);  // throws Error on strengths outside 0..1

  // `fingers`: unit, the direction each flat hand points to. Not yet compressed.
  Photograph photograph(const PerHand<Mesh>& hands_in_camera, const PerHand<Vector3d>& fingers, const Pinhole& camera,
                        Seed seed) const;
  int jpeg_quality(Seed seed) const;
  const VarietyConfig& variety() const { return variety_; }

 private:
  VarietyConfig variety_;
  SkinMap skin_;
  PerHand<std::vector<int32_t>> rims_;  // of the open wrists, where the forearms begin
};

}  // namespace interprior
