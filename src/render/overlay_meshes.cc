#include <c10/util/StringUtil.h>

#include <algorithm>

#include "interprior/base/error.h"
#include "interprior/render/hand_colour.h"
#include "interprior/render/overlay.h"
#include "layered_meshes.h"

namespace interprior {
namespace {

const PerHand<cv::Vec3b> kOutline = {{150, 36, 0}, {0, 44, 160}};
const PerHand<cv::Vec3b> kFaintOutline = {{255, 112, 32}, {48, 136, 255}};  // without a surface: bright on dark images
constexpr double kOutlineWidth = 1.5, kUsualSize = 640;                     // px, for an image whose longer side is kUsualSize

void check_canvas(const char* function, const cv::Mat& rgb, const Pinhole& camera) {
  require(!rgb.empty() && rgb.type() == CV_8UC3, "only an 8-bit RGB image can be drawn on");
  require(camera.width == rgb.cols && camera.height == rgb.rows,
          c10::str(function, ": a camera of ", camera.width, " x ", camera.height, " px for an image of ", rgb.cols, " x ",
                   rgb.rows));
}

}  // namespace

cv::Mat draw_meshes(const cv::Mat& rgb, const PerHand<const Mesh*>& meshes_in_camera, const Pinhole& camera, double opacity) {
  check_canvas("draw_meshes", rgb, camera);
  require(opacity >= 0 && opacity <= 1, c10::str("draw_meshes: the opacity is ", opacity, " instead of 0 to 1"));
  std::vector<MeshLayer> layers;
  for (const Side side : kSides) layers.push_back({meshes_in_camera[side], linear_hand_colour(side), {}, opacity, 0});
  cv::Mat image = rgb.clone();
  draw_layers(layers, camera, 0, image);
  return image;
}

cv::Mat draw_hands(const cv::Mat& rgb, const std::vector<DrawnHand>& hands, const Pinhole& camera) {
  check_canvas("draw_hands", rgb, camera);
  std::vector<MeshLayer> layers;
  for (const auto& [mesh, side, faint] : hands)
    layers.push_back({mesh, linear_hand_colour(side), faint ? kFaintOutline[side] : kOutline[side], faint ? 0 : kSurfaceOpacity,
                      faint ? kFaintOpacity : kOutlineOpacity});
  cv::Mat image = rgb.clone();
  draw_layers(layers, camera, kOutlineWidth * std::max(1.0, std::max(rgb.cols, rgb.rows) / kUsualSize), image);
  return image;
}

}  // namespace interprior
