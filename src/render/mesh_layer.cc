#include "interprior/render/mesh_layer.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "interprior/base/error.h"
#include "interprior/render/hand_colour.h"

namespace interprior {
namespace {

Pinhole finer(const Pinhole& camera, int samples) {
  const double shift = (samples - 1) / 2.0;  // pixel centres are at integers at both resolutions
  return {camera.fx * samples,         camera.fy * samples,    camera.cx * samples + shift,
          camera.cy * samples + shift, camera.width * samples, camera.height * samples};
}

}  // namespace

Shading hand_shading() {
  Shading shading;
  shading.skin = {linear_hand_colour(Side::right), linear_hand_colour(Side::left)};
  // Together about 1 where a surface faces the camera, so that colours do not saturate.
  shading.lights = {{{0.35, 0.6, 0.8}, {0.85f, 0.85f, 0.82f}}, {{-0.7, 0.1, 0.6}, {0.22f, 0.24f, 0.27f}}};
  shading.ambient = 0.16f;
  return shading;
}

cv::Mat mesh_layer(const std::vector<const Mesh*>& meshes_in_camera, const Pinhole& camera, const Shading& shading, int samples) {
  require(samples >= 1 && samples <= 8, c10::str("mesh_layer: ", samples, " samples per pixel and axis instead of 1 to 8"));
  const Raster raster = rasterise(meshes_in_camera, finer(camera, samples));
  const cv::Mat colour = shade(raster, meshes_in_camera, shading);
  cv::Mat covered(colour.size(), CV_8U), fine, layer;
  std::transform(raster.mesh.begin(), raster.mesh.end(), covered.data,
                 [](uint8_t mesh) { return static_cast<uint8_t>(mesh ? 255 : 0); });
  cv::merge(std::vector<cv::Mat>{colour, covered}, fine);
  // Uncovered points are black: the mean of the colours is the mean colour of the covered points times alpha.
  cv::resize(fine, layer, {static_cast<int>(camera.width), static_cast<int>(camera.height)}, 0, 0, cv::INTER_AREA);
  return layer;
}

}  // namespace interprior
