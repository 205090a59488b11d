#include "framing.h"

#include <algorithm>
#include <cmath>

namespace interprior {
namespace {

constexpr double kStudioFocal = 2.48, kShortest = 0.8, kLongest = 3.2;  // focal lengths in longer sides of the image
constexpr double kForearm = 0.29;                                       // m
constexpr double kElbow = 0.55;  // smallest depth of an elbow relative to its wrist; nearer, a forearm hides its hand

Vector3 elbow_of(const Arm& arm) { return arm.wrist - kForearm * arm.fingers; }

}  // namespace

Framing sample_framing(int64_t width, int64_t height, double variety, Random& random) {
  const auto longer = static_cast<double>(std::max(width, height));
  Framing framing;
  framing.distance = random.uniform(0.98, 1.16);
  const double studio = random.uniform(1258, 1282) / 512;
  const double lens = std::exp(random.uniform(std::log(kShortest), std::log(kLongest))), spread = random.uniform(-0.35, 0.55);
  const double focal = studio * std::pow(lens / kStudioFocal, variety);
  framing.distance *= focal / studio * std::exp(variety * spread);
  Pinhole& camera = framing.camera;
  camera.width = width;
  camera.height = height;
  camera.fx = focal * longer;
  camera.fy = camera.fx + 0.2 * random.normal();
  camera.cx = static_cast<double>(width) / 2 + 6 * random.normal();
  camera.cy = static_cast<double>(height) / 2 + 6 * random.normal();
  return framing;
}

std::array<int64_t, 2> sample_image_size(double variety, Random& random) {
  constexpr std::array<int64_t, 5> kShorter = {288, 334, 342, 384, 512};  // 16:9, the studio's, 3:2, 4:3, square
  const bool upright = random.chance(0.5), varied = random.chance(variety);
  const int64_t shorter = varied ? kShorter[static_cast<size_t>(random.integer(kShorter.size()))] : 334;
  return upright ? std::array<int64_t, 2>{shorter, 512} : std::array<int64_t, 2>{512, shorter};
}

Vector3 place_in_camera(const PerHand<Mesh>& hands, const PerHand<Arm>& arms, const Pinhole& camera, const Vector3& wanted) {
  Vector3 low = Vector3::Constant(1e9), high = -low;
  for (const Side side : kSides)
    for (const auto& vertex : hands[side].vertices) {
      const Vector3 v(vertex[0], vertex[1], vertex[2]);
      low = low.cwiseMin(v);
      high = high.cwiseMax(v);
    }
  const Vector3 extent = high - low, middle = (low + high) / 2;
  Vector3 centre = wanted;
  const std::array<double, 2> room = {static_cast<double>(camera.width), static_cast<double>(camera.height)};
  const std::array<double, 2> focal = {camera.fx, camera.fy}, principal = {camera.cx, camera.cy};
  for (int k = 0; k < 2; ++k)
    centre[2] =
        std::max(centre[2], extent[2] / 2 + focal[static_cast<size_t>(k)] * extent[k] / (0.92 * room[static_cast<size_t>(k)]));
  for (const Side side : kSides) {
    const double wrist = arms[side].wrist[2] - middle[2], elbow = elbow_of(arms[side])[2] - middle[2];
    centre[2] = std::max(centre[2], (kElbow * wrist - elbow) / (1 - kElbow));
  }
  for (int k = 0; k < 2; ++k) {
    const auto axis = static_cast<size_t>(k);
    const double near = centre[2] - extent[2] / 2, slack = 0.04 * room[axis], half = focal[axis] * extent[k] / 2 / near;
    const double pixel = std::clamp(focal[axis] * centre[k] / centre[2] + principal[axis], std::min(half + slack, room[axis] / 2),
                                    std::max(room[axis] - half - slack, room[axis] / 2));
    centre[k] = (pixel - principal[axis]) * centre[2] / focal[axis];
  }
  return centre - middle;
}

}  // namespace interprior
