#pragma once
#include "interprior/base/seed.h"
#include "interprior/hand/side.h"
#include "interprior/render/shading.h"

namespace interprior {

// Skin of one person's two hands (right, left), a key and a fill light in front of them, some ambient light.
Shading draw_shading(Random& random);

// 1 to 4 lights of any colour instead, some of them from behind, under which the hands are neither black nor burnt out.
void vary_lights(Shading& shading, Random& random);

// What covers one person's forearms.
struct Wear {
  bool sleeved = false;
  std::array<float, 3> colour = {};  // of the sleeve, linear RGB
  double thickness = 1;              // relative to the bare wrist
};

Wear draw_wear(Random& random);

}  // namespace interprior
