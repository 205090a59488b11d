#pragma once
#include "interprior/base/config/config.h"

namespace interprior {

// Strength of image variation (domain randomisation) in synthetic images. Each number scales one effect: 0 disables it, 1 is full
// strength. Poses, shapes, views and labels do not depend on it, except that `cameras` changes the camera.
struct VarietyConfig {
  double texture = 1, lights = 1, background = 1, clutter = 1, distractors = 1, cameras = 1;
  double motion_blur = 1, defocus = 1, exposure = 1, noise = 1, jpeg = 1;
  void describe(Fields& fields) {
    fields("texture", texture, "strength of skin texture: blotches, grain, creases, nails, red knuckles, pale palms", {0, 1});
    fields("lights", lights, "fraction of images with 1 to 4 lights of any colour; others have a key and a fill light", {0, 1});
    fields("background", background, "fraction of backgrounds with gradients, noise or stripes, in or out of focus", {0, 1});
    fields("clutter", clutter, "number of shapes behind the hands, relative to a maximum of 12", {0, 1});
    fields("distractors", distractors, "probability of skin-coloured faces and arms behind the hands, relative to 0.35", {0, 1});
    fields("cameras", cameras, "range of focal lengths, distances and image shapes; 0: InterHand2.6M's studio", {0, 1});
    fields("motion_blur", motion_blur, "length of the motion blur, relative to 3 % of the image", {0, 1});
    fields("defocus", defocus, "width of the lens blur, relative to 0.4 % of the image", {0, 1});
    fields("exposure", exposure, "range of exposure and white balance", {0, 1});
    fields("noise", noise, "sensor noise: shot and read", {0, 1});
    fields("jpeg", jpeg, "range of JPEG quality around 92, down to 30", {0, 1});
  }
  void check() const;  // throws Error on a number outside 0..1
};

// Every effect at this strength, 0..1; 0: plain images. Throws Error outside 0..1.
VarietyConfig variety_of(double strength);

}  // namespace interprior
