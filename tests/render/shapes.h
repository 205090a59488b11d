#pragma once
#include <cmath>
#include <functional>

#include "interprior/base/seed.h"
#include "interprior/geometry/camera.h"
#include "interprior/geometry/mesh.h"

// Small scenes for the render tests, in camera coordinates.
namespace interprior {

inline const double kPi = std::acos(-1.0);

// A closed surface r(polar, azimuth) about a centre, faces counter-clockwise seen from outside.
inline Mesh closed_surface(const Vector3& centre, const std::function<double(double, double)>& radius, int rings = 48) {
  Mesh mesh;
  const int sectors = 2 * rings;
  for (int ring = 0; ring <= rings; ++ring) {
    for (int sector = 0; sector < sectors; ++sector) {
      const double polar = kPi * ring / rings, turn = 2 * kPi * sector / sectors, r = radius(polar, turn);
      mesh.vertices.push_back({static_cast<float>(centre[0] + r * std::sin(polar) * std::cos(turn)),
                               static_cast<float>(centre[1] + r * std::sin(polar) * std::sin(turn)),
                               static_cast<float>(centre[2] + r * std::cos(polar))});
    }
  }
  for (int ring = 0; ring < rings; ++ring) {
    for (int sector = 0; sector < sectors; ++sector) {
      const int next = (sector + 1) % sectors, a = ring * sectors, b = a + sectors;
      mesh.faces.push_back({a + sector, b + sector, b + next});
      mesh.faces.push_back({a + sector, b + next, a + next});
    }
  }
  return mesh;
}

inline Mesh sphere(const Vector3& centre, double radius, int rings = 48) {
  return closed_surface(
      centre, [radius](double, double) { return radius; }, rings);
}

// Random triangles in front of the camera, some partly out of view.
inline Mesh random_triangles(int count, uint64_t seed) {
  Random random(Seed{seed});
  Mesh mesh;
  for (int32_t i = 0; i < count; ++i) {
    for (int corner = 0; corner < 3; ++corner)
      mesh.vertices.push_back({static_cast<float>(random.uniform(-0.4, 0.4)), static_cast<float>(random.uniform(-0.3, 0.3)),
                               static_cast<float>(random.uniform(0.4, 1.2))});
    mesh.faces.push_back({3 * i, 3 * i + 1, 3 * i + 2});
  }
  return mesh;
}

inline Mesh quad(const Vector3& a, const Vector3& b, const Vector3& c, const Vector3& d) {
  Mesh mesh;
  for (const Vector3& p : {a, b, c, d})
    mesh.vertices.push_back({static_cast<float>(p[0]), static_cast<float>(p[1]), static_cast<float>(p[2])});
  mesh.faces = {{0, 1, 2}, {0, 2, 3}};
  return mesh;
}

}  // namespace interprior
