#pragma once
#include <opencv2/core.hpp>

#include "interprior/base/seed.h"
#include "interprior/hand/side.h"
#include "interprior/render/shading.h"

namespace interprior {

// A smooth random 8-bit RGB background.
cv::Mat draw_background(int64_t width, int64_t height, Random& random);

// Skin of one person's two hands (right, left), a key and a fill light in front of them, some ambient light.
Shading draw_shading(Random& random);

// What covers one person's forearms.
struct Wear {
  bool sleeved = false;
  std::array<float, 3> colour = {};   // of the sleeve, linear RGB
  double thickness = 1;               // relative to the bare wrist
};

Wear draw_wear(Random& random);

}  // namespace interprior
