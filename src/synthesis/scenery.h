#pragma once
#include "interprior/base/seed.h"
#include "interprior/hand/side.h"
#include "interprior/render/shading.h"

namespace interprior {

// Samples the skin colours of one person's hands (right, left), a key and a fill light in front of them, and ambient light.
Shading sample_shading(Random& random);

// Replaces the lights by 1 to 4 of any colour, some from behind, scaled so that hands are neither black nor over-exposed.
void vary_lights(Shading& shading, Random& random);

// Sleeves of one person's forearms.
struct Sleeves {
  bool sleeved = false;
  std::array<float, 3> colour = {};  // of the sleeve, linear RGB
  double thickness = 1;              // relative to the bare wrist
};

Sleeves sample_sleeves(Random& random);

}  // namespace interprior
