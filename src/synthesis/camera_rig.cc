#include "camera_rig.h"

#include <string>
#include <utility>

#include "framing.h"
#include "interprior/interaction/canonical_view.h"

namespace interprior {
namespace {

constexpr int64_t kCamerasPerCapture = 12;

}  // namespace

Capture sample_capture(int64_t number, const ImageSynthesisConfig& config, const Matrix3& world, Random& random) {
  Capture capture;
  capture.number = number;
  for (int64_t i = 0; i < kCamerasPerCapture; ++i) {
    RigCamera camera;
    camera.name = std::to_string(400002 + 7 * i + 1000 * (i % 3));
    const Matrix3 rotation = sample_rotation(config.views / 2, random) * world.transpose();
    const bool upright = i % 2 == 0;
    const Framing framing = sample_framing(upright ? config.width : config.height, upright ? config.height : config.width,
                                           config.variety.cameras, random);
    Vector3 origin_in_camera = 0.01 * sample_normal(random);
    origin_in_camera[2] = framing.distance;
    camera.camera_from_world = {rotation, origin_in_camera};
    camera.pinhole = framing.camera;
    capture.cameras.push_back(std::move(camera));
  }
  return capture;
}

}  // namespace interprior
