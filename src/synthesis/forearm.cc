#include "forearm.h"

#include <algorithm>

#include "interprior/interaction/canonical_view.h"

namespace interprior {
namespace {

constexpr int kRings = 8;
constexpr double kBendDeviation = 0.22;  // rad, standard deviation about each axis
constexpr int kAttempts = 10;
constexpr double kMoreBend = 0.25;      // relative increase of the standard deviation after each failed attempt
constexpr double kMaxBend = 1.2;        // rad
constexpr double kTowardsCamera = 0.7;  // cosine between arm and viewing ray, below which the hand is not hidden
constexpr double kElbow = 1.45;         // the far ring's size relative to the first

Vector3 point(const Mesh& mesh, int32_t vertex) {
  const auto& v = mesh.vertices[static_cast<size_t>(vertex)];
  return {v[0], v[1], v[2]};
}

}  // namespace

ForearmBend sample_forearm(double thickness, const Vector3& fingers, const Vector3& to_camera, Random& random) {
  ForearmBend best;
  double least = 2;
  for (int attempt = 0; attempt < kAttempts && least > kTowardsCamera; ++attempt) {
    const Vector3 turn = kBendDeviation * (1 + kMoreBend * attempt) * sample_normal(random);
    if (turn.norm() > kMaxBend) continue;
    const double towards = -(rotation_from_axis_angle(turn) * fingers).dot(to_camera);
    if (towards >= least) continue;
    least = towards;
    best.turn = turn;
  }
  best.length = random.uniform(0.20, 0.28);
  best.thickness = thickness;
  return best;
}

Mesh forearm(const Mesh& hand, const std::vector<int32_t>& rim, const Vector3& fingers, const ForearmBend& bend) {
  Mesh tube;
  if (rim.size() < 3) return tube;
  Vector3 middle = Vector3::Zero();
  for (const int32_t vertex : rim) middle += point(hand, vertex) / static_cast<double>(rim.size());

  Vector3 centre = middle;
  // The first ring is the rim itself, so that hand and arm form one closed surface; a sleeve's edge protrudes from it.
  for (int step = -1; step <= kRings; ++step) {
    const int ring = std::max(step, 0);
    const double along = static_cast<double>(ring) / kRings;
    // The bend is spread over the first quarter of the length; the non-planar rim is flattened over the same length.
    const double bent = std::min(1.0, 4 * along);
    const Matrix3 turned = rotation_from_axis_angle(bent * bend.turn);
    if (ring > 0) centre -= turned * fingers * (bend.length / kRings);
    const double size = bend.thickness * (1 + (kElbow - 1) * along);
    for (const int32_t vertex : rim) {
      if (step < 0) {
        tube.vertices.push_back(hand.vertices[static_cast<size_t>(vertex)]);
        continue;
      }
      const Vector3 from_middle = point(hand, vertex) - middle;
      const Vector3 flat = from_middle - bent * from_middle.dot(fingers) * fingers;
      const Vector3 place = centre + size * (turned * flat);
      tube.vertices.push_back({static_cast<float>(place[0]), static_cast<float>(place[1]), static_cast<float>(place[2])});
    }
  }
  const auto around = static_cast<int32_t>(rim.size());
  for (int32_t ring = 0; ring <= kRings; ++ring)
    for (int32_t k = 0; k < around; ++k) {
      // The rim's edges follow the winding of the hand's faces; the tube reverses them, so that both face outwards.
      const int32_t a = ring * around + k, b = ring * around + (k + 1) % around;
      tube.faces.push_back({b, a, a + around});
      tube.faces.push_back({b, a + around, b + around});
    }
  // Closes the far end, which may be visible.
  const auto last = static_cast<int32_t>(tube.vertices.size()) - around, end = static_cast<int32_t>(tube.vertices.size());
  tube.vertices.push_back({static_cast<float>(centre[0]), static_cast<float>(centre[1]), static_cast<float>(centre[2])});
  for (int32_t k = 0; k < around; ++k) tube.faces.push_back({last + (k + 1) % around, last + k, end});
  return tube;
}

}  // namespace interprior
