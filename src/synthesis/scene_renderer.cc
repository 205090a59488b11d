#include "scene_renderer.h"

#include <torch/types.h>

#include <utility>

#include "background.h"
#include "degradation.h"
#include "forearm.h"
#include "interprior/geometry/mesh.h"
#include "scenery.h"

namespace interprior {
namespace {

std::vector<int32_t> rim_of(const ManoModel& model) {
  return open_rim(mesh_from(torch::zeros({model.v_template.size(0), 3}), model.faces).faces);
}

// A vertex, as the hand's approximate position; unit z for an empty mesh.
Vector3 first_vertex(const Mesh& mesh) {
  if (mesh.vertices.empty()) return Vector3::UnitZ();
  const auto& [x, y, z] = mesh.vertices.front();
  return {x, y, z};
}

const VarietyConfig& checked(const VarietyConfig& variety) {
  variety.check();
  return variety;
}

// 8-bit sRGB colour of skin under plain light.
cv::Vec3b seen_colour(const Rgb& linear) {
  cv::Vec3b colour;
  for (int k = 0; k < 3; ++k)
    colour[k] = cv::saturate_cast<uint8_t>(255 * std::pow(0.9f * linear[static_cast<size_t>(k)], 1 / 2.2f));
  return colour;
}

}  // namespace

SceneRenderer::SceneRenderer(const HandModel& hand, const VarietyConfig& variety)
    : variety_(checked(variety)), skin_(hand), rims_{rim_of(hand.hand.right), rim_of(hand.hand.left)} {}

RenderedImage SceneRenderer::render(const PerHand<Mesh>& hands, const PerHand<Vector3>& fingers, const Pinhole& camera,
                                    Seed seed) const {
  Random random(seed.derive("person"));
  const Sleeves wear = sample_sleeves(random);
  Shading shading = sample_shading(random);
  Random lights(seed.derive("lights"));
  if (lights.chance(variety_.lights)) vary_lights(shading, lights);
  if (variety_.texture > 0) {
    Random texture(seed.derive("skin"));
    PerHand<Paint> paint = skin_.paint({shading.skin[0], shading.skin[1]}, variety_.texture, texture);
    shading.paint = {std::move(paint.right), std::move(paint.left), {}, {}};
  }
  PerHand<Mesh> arms;
  for (const Side side : kSides) {
    const Vector3 to_camera = -first_vertex(hands[side]).normalized();
    const ForearmBend bend = sample_forearm(wear.thickness, fingers[side], to_camera, random);
    arms[side] = forearm(hands[side], rims_[side], fingers[side], bend);
    shading.skin.push_back(wear.sleeved ? wear.colour : shading.skin[static_cast<size_t>(side)]);
    if (!shading.paint.empty() && !wear.sleeved)
      shading.paint[2 + static_cast<size_t>(side)] =
          SkinMap::forearm_paint(shading.paint[static_cast<size_t>(side)], rims_[side], arms[side].vertices.size());
  }
  const std::vector<const Mesh*> drawn = {&hands.right, &hands.left, &arms.right, &arms.left};
  const cv::Mat background = draw_background(camera.width, camera.height, variety_, seen_colour(shading.skin[0]), seed);
  RenderedImage rendered;
  rendered.raster = rasterise(drawn, camera, Faces::outer);
  rendered.image = degraded(shade(rendered.raster, drawn, shading, background), variety_, seed);
  return rendered;
}

int SceneRenderer::jpeg_quality(Seed seed) const { return sample_jpeg_quality(variety_, seed); }

}  // namespace interprior
