#include "forearm.h"

#include <Eigen/Geometry>

#include "view.h"

namespace interprior {
namespace {

constexpr int kRings = 8;
constexpr double kBendDeviation = 0.22;   // rad about each axis: wrists are seldom turned to their limit
constexpr double kElbow = 1.45;           // the far ring's size relative to the first

Vector3d point(const Mesh& mesh, int32_t vertex) {
  const auto& v = mesh.vertices[static_cast<size_t>(vertex)];
  return {v[0], v[1], v[2]};
}

}  // namespace

ForearmBend draw_forearm(double thickness, Random& random) {
  const Vector3d turn = kBendDeviation * draw_normal(random);
  return {turn, random.uniform(0.20, 0.28), thickness};
}

Mesh forearm(const Mesh& hand, const std::vector<int32_t>& rim, const Vector3d& fingers, const ForearmBend& bend) {
  Mesh tube;
  if (rim.size() < 3) return tube;
  Vector3d middle = Vector3d::Zero();
  for (const int32_t vertex : rim) middle += point(hand, vertex) / static_cast<double>(rim.size());

  const double angle = bend.turn.norm();
  const Vector3d axis = angle > 0 ? Vector3d(bend.turn / angle) : Vector3d::UnitX();
  Vector3d centre = middle;
  for (int ring = 0; ring <= kRings; ++ring) {
    const double along = static_cast<double>(ring) / kRings;
    // The wrist bends over the first quarter; the rim, which is not flat, is flattened over the same stretch.
    const double bent = std::min(1.0, 4 * along);
    const Eigen::Matrix3d turned = Eigen::AngleAxisd(angle * bent, axis).toRotationMatrix();
    if (ring > 0) centre -= turned * fingers * (bend.length / kRings);
    const double size = bend.thickness * (1 + (kElbow - 1) * along);
    for (const int32_t vertex : rim) {
      const Vector3d from_middle = point(hand, vertex) - middle;
      const Vector3d flat = from_middle - bent * from_middle.dot(fingers) * fingers;
      const Vector3d place = centre + size * (turned * flat);
      tube.vertices.push_back({static_cast<float>(place[0]), static_cast<float>(place[1]), static_cast<float>(place[2])});
    }
  }
  const auto around = static_cast<int32_t>(rim.size());
  for (int32_t ring = 0; ring < kRings; ++ring)
    for (int32_t k = 0; k < around; ++k) {
      // The rim's edges run along the hand's faces; the tube's run against them, so that both face outwards.
      const int32_t a = ring * around + k, b = ring * around + (k + 1) % around;
      tube.faces.push_back({b, a, a + around});
      tube.faces.push_back({b, a + around, b + around});
    }
  // Where the picture shows the far end, it is closed.
  const auto last = static_cast<int32_t>(tube.vertices.size()) - around, end = static_cast<int32_t>(tube.vertices.size());
  tube.vertices.push_back({static_cast<float>(centre[0]), static_cast<float>(centre[1]), static_cast<float>(centre[2])});
  for (int32_t k = 0; k < around; ++k) tube.faces.push_back({last + (k + 1) % around, last + k, end});
  return tube;
}

}  // namespace interprior
