#pragma once
#include "interprior/base/config/config.h"

namespace interprior {

// How far synthetic pictures depart from plain ones. Each number scales one effect: 0 leaves it out, 1 is all of it. Poses,
// shapes, views and labels do not depend on it, except that `cameras` changes from where the hands are seen.
struct VarietyConfig {
  double texture = 1, lights = 1, background = 1, clutter = 1, distractors = 1, cameras = 1;
  double motion_blur = 1, defocus = 1, exposure = 1, noise = 1, jpeg = 1;
  void describe(Fields& fields) {
    fields("texture", texture, "strength of skin texture: blotches, grain, creases, nails, red knuckles, pale palms", {0, 1});
    fields("lights", lights, "share of pictures under 1 to 4 lights of any colour; the others have a key and a fill light",
           {0, 1});
    fields("background", background, "share of backgrounds with gradients, noise or stripes, in or out of focus", {0, 1});
    fields("clutter", clutter, "number of shapes behind the hands, relative to at most 12", {0, 1});
    fields("distractors", distractors, "probability of skin-coloured faces and arms behind the hands, relative to 0.35", {0, 1});
    fields("cameras", cameras, "range of focal lengths, distances and picture shapes; 0: InterHand2.6M's studio", {0, 1});
    fields("motion_blur", motion_blur, "length of a shaken camera's blur, relative to 3 % of the picture", {0, 1});
    fields("defocus", defocus, "width of the lens blur, relative to 0.4 % of the picture", {0, 1});
    fields("exposure", exposure, "spread of exposure and white balance", {0, 1});
    fields("noise", noise, "sensor noise: shot and read", {0, 1});
    fields("jpeg", jpeg, "spread of JPEG quality about 92, down to 30", {0, 1});
  }
  void check() const;  // throws Error on a number outside 0..1
};

// Every effect at this strength, 0..1; 0: plain pictures. Throws Error on another number.
VarietyConfig variety_of(double strength);

}  // namespace interprior
