#include "interprior/render/rasteriser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "shapes.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;

const Pinhole kCamera = {90, 95, 47.3, 31.8, 96, 64};

struct Hit {
  double depth = std::numeric_limits<double>::infinity(), b = 0, c = 0;
  int32_t face = -1;
  bool doubtful = false;  // an edge is within rounding error of this ray
};

// Intersects the pixel's ray with every triangle: solves [q-p, r-p, -ray] (b, c, t) = -p by Cramer's rule.
Hit cast(const Mesh& mesh, const Pinhole& camera, double u, double v) {
  const Vector3 ray = {(u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy, 1};
  const auto determinant = [](const Vector3& x, const Vector3& y, const Vector3& z) {
    return x[0] * (y[1] * z[2] - y[2] * z[1]) - x[1] * (y[0] * z[2] - y[2] * z[0]) + x[2] * (y[0] * z[1] - y[1] * z[0]);
  };
  Hit hit;
  for (size_t f = 0; f < mesh.faces.size(); ++f) {
    const auto vertex = [&](size_t i) { return mesh.vertices[static_cast<size_t>(mesh.faces[f][i])]; };
    const auto p = vertex(0), q = vertex(1), r = vertex(2);
    const Vector3 e = {double(q[0]) - p[0], double(q[1]) - p[1], double(q[2]) - p[2]};
    const Vector3 g = {double(r[0]) - p[0], double(r[1]) - p[1], double(r[2]) - p[2]};
    const Vector3 minus_ray = -ray, minus_p(-p[0], -p[1], -p[2]);
    const double whole = determinant(e, g, minus_ray);
    const double b = determinant(minus_p, g, minus_ray) / whole, c = determinant(e, minus_p, minus_ray) / whole;
    const double depth = determinant(e, g, minus_p) / whole, margin = std::min({b, c, 1 - b - c});
    if (std::abs(margin) < 1e-9) hit.doubtful = true;
    if (margin < 0 || depth >= hit.depth) continue;
    hit.depth = depth;
    hit.b = b;
    hit.c = c;
    hit.face = static_cast<int32_t>(f);
  }
  return hit;
}

TEST(Rasteriser, AgreesWithARayThroughEveryPixel) {
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    const Mesh mesh = random_triangles(60, seed);
    const Raster raster = rasterise({&mesh}, kCamera);
    int doubtful = 0, covered = 0;
    for (int64_t v = 0; v < kCamera.height; ++v) {
      for (int64_t u = 0; u < kCamera.width; ++u) {
        const Hit hit = cast(mesh, kCamera, static_cast<double>(u), static_cast<double>(v));
        const size_t pixel = static_cast<size_t>(v * kCamera.width + u);
        doubtful += hit.doubtful;
        if (hit.doubtful) continue;
        ASSERT_EQ(raster.face[pixel], hit.face) << u << ", " << v << ", seed " << seed;
        ASSERT_EQ(raster.mesh[pixel], hit.face >= 0);
        if (hit.face < 0) {
          ASSERT_EQ(raster.depth[pixel], 0);
          continue;
        }
        ++covered;
        ASSERT_NEAR(raster.depth[pixel], hit.depth, 2e-7 * hit.depth);
        ASSERT_NEAR(raster.barycentric[pixel][0], hit.b, 1e-6);
        ASSERT_NEAR(raster.barycentric[pixel][1], hit.c, 1e-6);
      }
    }
    EXPECT_LE(doubtful, 2);
    EXPECT_GT(covered, 3000);
  }
}

TEST(Rasteriser, DepthOfAPlaneIsExact) {
  // z = 0.8 + 0.5 x - 0.7 y, cut off beyond the view
  const auto on_plane = [](double x, double y) { return Vector3{x, y, 0.8 + 0.5 * x - 0.7 * y}; };
  const Mesh plane = quad(on_plane(-0.6, -0.8), on_plane(1.5, -0.8), on_plane(1.5, 0.6), on_plane(-0.6, 0.6));
  const Raster raster = rasterise({&plane}, kCamera);
  for (int64_t v = 0; v < kCamera.height; ++v) {
    for (int64_t u = 0; u < kCamera.width; ++u) {
      const double x = (static_cast<double>(u) - kCamera.cx) / kCamera.fx, y = (static_cast<double>(v) - kCamera.cy) / kCamera.fy;
      const double depth = 0.8 / (1 - 0.5 * x + 0.7 * y);
      ASSERT_NEAR(raster.depth[static_cast<size_t>(v * kCamera.width + u)], depth, 5e-7) << u << ", " << v;
    }
  }
}

// A sheet of many small triangles with vertices on and off pixel centres: no pixel is lost or in the interior of two faces.
TEST(Rasteriser, SharedEdgesLeaveNoHoles) {
  const Pinhole unit = {1, 1, 0, 0, 60, 60};
  for (const double jitter : {0.0, 0.9}) {
    Random random(Seed{3});
    Mesh sheet;
    constexpr int32_t kSide = 22;
    for (int32_t row = 0; row < kSide; ++row)
      for (int32_t column = 0; column < kSide; ++column) {
        const double z = random.uniform(0.5, 2);
        sheet.vertices.push_back({static_cast<float>((3 * column - 2 + jitter * random.uniform(-1, 1)) * z),
                                  static_cast<float>((3 * row - 2 + jitter * random.uniform(-1, 1)) * z), static_cast<float>(z)});
      }
    for (int32_t row = 0; row + 1 < kSide; ++row)
      for (int32_t column = 0; column + 1 < kSide; ++column) {
        const int32_t a = row * kSide + column, b = a + kSide;
        sheet.faces.push_back({a, a + 1, b});
        sheet.faces.push_back({b + 1, a + 1, b});  // opposite winding: both sides are rendered
      }
    EXPECT_THAT(rasterise({&sheet}, unit).mesh, Each(1)) << "jitter " << jitter;
  }
}

TEST(Rasteriser, AFanOfSliversCoversItsDisc) {
  Mesh fan;
  constexpr int32_t kSlivers = 3000;
  fan.vertices.push_back({0.013f, -0.007f, 1});
  for (int32_t i = 0; i < kSlivers; ++i) {
    const double turn = 2 * kPi * i / kSlivers;
    fan.vertices.push_back({static_cast<float>(0.3 * std::cos(turn)), static_cast<float>(0.3 * std::sin(turn)), 1});
    fan.faces.push_back({0, 1 + i, 1 + (i + 1) % kSlivers});
  }
  const Raster raster = rasterise({&fan}, kCamera);
  for (int64_t v = 0; v < kCamera.height; ++v)
    for (int64_t u = 0; u < kCamera.width; ++u) {
      const double x = (static_cast<double>(u) - kCamera.cx) / kCamera.fx, y = (static_cast<double>(v) - kCamera.cy) / kCamera.fy;
      const double radius = std::hypot(x, y);
      if (std::abs(radius - 0.3) < 1e-5) continue;
      ASSERT_EQ(raster.mesh[static_cast<size_t>(v * kCamera.width + u)], radius < 0.3) << u << ", " << v;
    }
}

// The poles of a sphere and needles of the size of rounding errors: depths of covered pixels are between those of the vertices.
TEST(Rasteriser, SliversNeverLeaveTheirCorners) {
  const Pinhole camera = {2000, 2000, 99.5, 99.5, 200, 200};
  const Mesh ball = sphere({0, 0, 4}, 0.15);
  for (const float depth : rasterise({&ball}, camera).depth)
    if (depth != 0) {
      EXPECT_TRUE(depth >= 3.85f - 1e-6f && depth <= 4) << depth;
    }
  Random random(Seed{9});
  Mesh needles;
  for (int32_t i = 0; i < 20'000; ++i) {
    const double u = static_cast<double>(random.integer(200)), v = static_cast<double>(random.integer(200));
    for (int corner = 0; corner < 3; ++corner) {
      const double z = random.uniform(1, 2), along = random.uniform(-3, 3);
      const double x = (u + along - 99.5) / 2000 * z, y = (v + along - 99.5) / 2000 * z;
      needles.vertices.push_back({static_cast<float>(x), static_cast<float>(y), static_cast<float>(z)});
    }
    needles.faces.push_back({3 * i, 3 * i + 1, 3 * i + 2});
  }
  const Raster raster = rasterise({&needles}, camera);
  int covered = 0;
  for (size_t pixel = 0; pixel < raster.depth.size(); ++pixel) {
    if (raster.mesh[pixel] == 0) continue;
    ++covered;
    EXPECT_TRUE(raster.depth[pixel] >= 1 && raster.depth[pixel] <= 2) << raster.depth[pixel];
    for (const float weight : raster.barycentric[pixel]) EXPECT_TRUE(weight >= 0 && weight <= 1) << weight;
  }
  EXPECT_GT(covered, 10);
}

TEST(Rasteriser, NearerSurfacesHideFartherOnesInAnyOrder) {
  const Mesh left_near = quad({-0.5, -0.4, 0.5}, {0.5, -0.4, 1.1}, {0.5, 0.4, 1.1}, {-0.5, 0.4, 0.5});
  const Mesh right_near = quad({-0.5, -0.4, 1.1}, {0.5, -0.4, 0.5}, {0.5, 0.4, 0.5}, {-0.5, 0.4, 1.1});
  const Raster one = rasterise({&left_near, &right_near}, kCamera), two = rasterise({&right_near, &left_near}, kCamera);
  EXPECT_EQ(one.depth, two.depth);
  for (int64_t u = 0; u < kCamera.width; ++u) {  // they cross in the plane x = 0
    const size_t pixel = static_cast<size_t>(30 * kCamera.width + u);
    EXPECT_EQ(one.mesh[pixel], static_cast<double>(u) < kCamera.cx ? 1 : 2);
    EXPECT_EQ(two.mesh[pixel], 3 - one.mesh[pixel]);
  }
}

TEST(Rasteriser, FaceNumbersRunThroughTheMeshes) {
  const Mesh back = quad({-0.9, -0.7, 1}, {0.9, -0.7, 1}, {0.9, 0.7, 1}, {-0.9, 0.7, 1});
  const Mesh front = quad({-0.1, -0.1, 0.5}, {0.1, -0.1, 0.5}, {0.1, 0.1, 0.5}, {-0.1, 0.1, 0.5});
  const Raster raster = rasterise({&back, nullptr, &front}, kCamera);
  const size_t centre = 32 * 96 + 45, corner = 0;
  EXPECT_EQ(raster.mesh[centre], 3);
  EXPECT_GE(raster.face[centre], 2);
  EXPECT_EQ(raster.mesh[corner], 1);
  EXPECT_LE(raster.face[corner], 1);
  const auto mask = visible_mask(raster, 2);
  EXPECT_EQ(mask[centre], 255);
  EXPECT_EQ(mask[corner], 0);
  EXPECT_THAT(visible_mask(raster, 1), Each(0));
}

TEST(Rasteriser, MaskOfASphereHasTheAreaOfItsOutline) {
  const Pinhole camera = {400, 400, 127.5, 127.5, 256, 256};
  const double distance = 0.9, radius = 0.2;
  const Mesh ball = sphere({0, 0, distance}, radius, 96);
  const auto mask = visible_mask(rasterise({&ball}, camera), 0);
  const double outline = 400 * radius / std::sqrt(distance * distance - radius * radius);
  EXPECT_NEAR(static_cast<double>(std::count(mask.begin(), mask.end(), 255)) / (kPi * outline * outline), 1, 0.005);
}

TEST(Rasteriser, BothSidesAreDrawn) {
  Mesh mesh = random_triangles(30, 5);
  const Raster front = rasterise({&mesh}, kCamera);
  for (auto& face : mesh.faces) std::swap(face[1], face[2]);
  EXPECT_EQ(rasterise({&mesh}, kCamera).face, front.face);
}

// Back-face culling changes nothing for a closed surface; it removes the inside of an open surface.
TEST(Rasteriser, OnlyOuterFacesOfAClosedSurfaceAreVisible) {
  const Mesh ball = sphere({0.05, -0.03, 0.9}, 0.2);
  const Mesh wavy = closed_surface(
      {-0.1, 0.05, 1.1}, [](double polar, double turn) { return 0.2 + 0.03 * std::sin(5 * polar) * std::cos(4 * turn); });
  const Raster both = rasterise({&ball, &wavy}, kCamera), outer = rasterise({&ball, &wavy}, kCamera, Faces::outer);
  EXPECT_EQ(both.mesh, outer.mesh);
  EXPECT_EQ(both.depth, outer.depth);
  EXPECT_EQ(both.face, outer.face);
  Mesh inverted = ball;
  for (auto& face : inverted.faces) std::swap(face[1], face[2]);
  const Raster inside = rasterise({&inverted}, kCamera, Faces::outer);  // its far wall, from inside
  const size_t centre = 29 * 96 + 52;
  EXPECT_NEAR(both.depth[centre], 0.7, 0.01);
  EXPECT_NEAR(inside.depth[centre], 1.1, 0.01);
}

TEST(Rasteriser, FacesAtOrBehindTheCameraAndInvalidOnesAreSkipped) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kInfinity = std::numeric_limits<float>::infinity();
  const Mesh hostile = {{{0, 0, -1},
                         {1, 0, -1},
                         {0, 1, -1},
                         {0, 0, 0},
                         {-1, -1, 0.009f},
                         {1, -1, 1},
                         {0, 1, 1},
                         {kNan, 0, 1},
                         {0, kInfinity, 1},
                         {0, 0, kNan},
                         {0, 0, kInfinity},
                         {0.1f, 0.1f, 1},
                         {3e38f, 0, 0.011f}},
                        {{0, 1, 2}, {3, 5, 6}, {4, 5, 6}, {7, 5, 6}, {8, 5, 6}, {9, 5, 6}, {11, 11, 5}, {5, 6, 5}}};
  EXPECT_THAT(rasterise({&hostile}, kCamera).mesh, Each(0));
  const Mesh enormous = quad({-1e6, -1e6, 0.5}, {1e6, -1e6, 0.5}, {1e6, 1e6, 0.5}, {-1e6, 1e6, 0.5});
  EXPECT_THAT(rasterise({&enormous}, kCamera).mesh, Each(1));
  const Mesh unbounded = {{{3e38f, 0, 0.011f}, {-3e38f, 3e38f, 0.011f}, {0, -3e38f, 1}, {0, 0, kInfinity}},
                          {{0, 1, 2}, {0, 1, 3}}};
  EXPECT_NO_THROW(rasterise({&unbounded}, kCamera));
}

TEST(Rasteriser, NoMeshesAndEmptyMeshesRenderNothing) {
  const Mesh empty;
  EXPECT_THAT(rasterise({}, kCamera).face, Each(-1));
  EXPECT_THAT(rasterise({&empty, nullptr}, kCamera).depth, Each(0.0f));
}

TEST(Rasteriser, HostileRequestsAreErrors) {
  const Mesh loose = {{{0, 0, 1}, {1, 0, 1}, {0, 1, 1}}, {{0, 1, 3}}}, negative = {loose.vertices, {{0, -1, 2}}};
  EXPECT_THAT([&] { rasterise({&loose}, kCamera); }, ThrowsError(HasSubstr("vertex 3 of 3")));
  EXPECT_THAT([&] { rasterise({nullptr, &negative}, kCamera); }, ThrowsError(HasSubstr("mesh 1")));
  EXPECT_THAT([] { rasterise({}, {90, 90, 0, 0, 0, 10}); }, ThrowsError(HasSubstr("0 x 10 px")));
  EXPECT_THAT([] { rasterise({}, {90, 90, 0, 0, int64_t{1} << 40, int64_t{1} << 40}); }, ThrowsError(HasSubstr("megapixels")));
  EXPECT_THAT([] { rasterise({}, {std::nan(""), 90, 0, 0, 10, 10}); }, ThrowsError(HasSubstr("finite")));
  EXPECT_THAT([] { rasterise(std::vector<const Mesh*>(256, nullptr), kCamera); }, ThrowsError(HasSubstr("255")));
}

TEST(Rasteriser, TheMeshAloneIsTheSameMesh) {
  const Pinhole camera = {40, 40, 15.5, 15.5, 32, 32};
  const Mesh near = {{{-0.2f, -0.2f, 1}, {0.2f, -0.1f, 1.1f}, {0, 0.3f, 0.9f}}, {{0, 2, 1}}},
             far = {{{-0.3f, -0.1f, 1.05f}, {0.4f, 0, 1.05f}, {0, 0.2f, 1.05f}}, {{0, 2, 1}, {0, 1, 2}}};
  for (const Faces faces : {Faces::both, Faces::outer}) {
    const Raster all = rasterise({&near, &far}, camera, faces), mesh = rasterise({&near, &far}, camera, faces, Keep::mesh);
    EXPECT_EQ(mesh.mesh, all.mesh);
    EXPECT_TRUE(mesh.depth.empty() && mesh.face.empty() && mesh.barycentric.empty());
    EXPECT_NE(std::count(all.mesh.begin(), all.mesh.end(), 1), 0);
    EXPECT_NE(std::count(all.mesh.begin(), all.mesh.end(), 2), 0);
  }
}

}  // namespace
}  // namespace interprior
