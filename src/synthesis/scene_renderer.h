#pragma once
#include <opencv2/core.hpp>
#include <vector>

#include "interprior/hand/hand_chain.h"
#include "interprior/interaction/variety.h"
#include "interprior/render/rasteriser.h"
#include "skin.h"

namespace interprior {

struct RenderedImage {
  cv::Mat image;  // 8-bit RGB
  Raster raster;  // of the right hand, the left hand and their forearms, in this order
};

// Renders pairs of hands with skin, forearms, lights and a background. Results depend only on the arguments; thread-safe.
class SceneRenderer {
 public:
  SceneRenderer(const HandModel& hand, const VarietyConfig& variety);  // throws Error on strengths outside 0..1

  // `fingers`: unit, direction of each flat hand's fingers. The image is not yet compressed.
  RenderedImage render(const PerHand<Mesh>& hands_in_camera, const PerHand<Vector3>& fingers, const Pinhole& camera,
                       Seed seed) const;
  int jpeg_quality(Seed seed) const;
  const VarietyConfig& variety() const { return variety_; }

 private:
  VarietyConfig variety_;
  SkinMap skin_;
  PerHand<std::vector<int32_t>> rims_;  // vertices of the open wrists, to which the forearms attach
};

}  // namespace interprior
