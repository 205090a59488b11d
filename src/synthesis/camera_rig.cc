#include "camera_rig.h"

#include <algorithm>
#include <string>
#include <utility>

#include "view.h"

namespace interprior {
namespace {

constexpr int64_t kCamerasPerCapture = 12;

}  // namespace

Capture draw_capture(int64_t number, const ImageSynthesisConfig& config, const Matrix3d& world, Random& random) {
  Capture capture;
  capture.number = number;
  for (int64_t i = 0; i < kCamerasPerCapture; ++i) {
    RigCamera camera;
    camera.name = std::to_string(400002 + 7 * i + 1000 * (i % 3));
    const Matrix3d rotation = draw_turn(config.views / 2, random) * world.transpose();
    Vector3d origin_in_camera = 0.01 * draw_normal(random);
    origin_in_camera[2] = random.uniform(0.98, 1.16);
    camera.rotation = numbers_of(rotation);
    camera.position = numbers_of(Vector3d(-(rotation.transpose() * origin_in_camera)));
    Pinhole& pinhole = camera.pinhole;
    pinhole.width = i % 2 == 0 ? config.width : config.height;
    pinhole.height = i % 2 == 0 ? config.height : config.width;
    const double focal = random.uniform(1258, 1282) * static_cast<double>(std::max(config.width, config.height)) / 512;
    pinhole.fx = focal;
    pinhole.fy = focal + 0.2 * random.normal();
    pinhole.cx = static_cast<double>(pinhole.width) / 2 + 6 * random.normal();
    pinhole.cy = static_cast<double>(pinhole.height) / 2 + 6 * random.normal();
    capture.cameras.push_back(std::move(camera));
  }
  return capture;
}

}  // namespace interprior
