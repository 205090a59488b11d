#include "interprior/geometry/distance.h"

#include <gtest/gtest.h>

#include "interprior/base/seed.h"

namespace interprior {
namespace {

Vector3 random_vector(Random& random) {
  const double x = random.normal(), y = random.normal();
  return {x, y, random.normal()};
}

// No point of the triangle on a fine grid is nearer, and the nearest point is nearly one of them.
TEST(Distance, NoPointOfTheTriangleIsNearer) {
  Random random(Seed{1});
  for (int i = 0; i < 100; ++i) {
    const Vector3 p = 2 * random_vector(random), a = random_vector(random), b = random_vector(random), c = random_vector(random);
    const double found = (nearest_on_triangle(p, a, b, c) - p).norm();
    double least = 1e9;
    constexpr int kSteps = 200;
    for (int u = 0; u <= kSteps; ++u)
      for (int v = 0; u + v <= kSteps; ++v) least = std::min(least, (a + (u * (b - a) + v * (c - a)) / kSteps - p).norm());
    EXPECT_LE(found, least + 1e-12);
    EXPECT_NEAR(found, least, 0.02);
  }
}

TEST(Distance, ATriangleWithoutAreaIsItsCorner) {
  const Vector3 corner(0.1, 0.2, 0.3);
  EXPECT_TRUE(nearest_on_triangle({1, 2, 3}, corner, corner, corner) == corner);
}

TEST(Distance, NoPointsOfTheSegmentsAreNearer) {
  Random random(Seed{2});
  for (int i = 0; i < 100; ++i) {
    const Vector3 a0 = random_vector(random), a1 = random_vector(random), b0 = random_vector(random),
                  b1 = i % 4 == 0 ? Vector3(b0 + 0.7 * (a1 - a0)) : random_vector(random);  // parallel ones too
    const double found = between_segments(a0, a1, b0, b1).norm();
    double least = 1e9;
    constexpr int kSteps = 200;
    for (int s = 0; s <= kSteps; ++s)
      for (int t = 0; t <= kSteps; ++t)
        least = std::min(least, (a0 + s * (a1 - a0) / kSteps - b0 - t * (b1 - b0) / kSteps).norm());
    EXPECT_LE(found, least + 1e-9);
    EXPECT_NEAR(found, least, 0.03);
    EXPECT_NEAR(between_segments(b0, b1, a0, a1).norm(), found, 1e-9);
  }
}

TEST(Distance, PointsAreSegmentsToo) {
  const Vector3 point(0, 0, 1), a0(-1, 0, 0), a1(1, 0, 0);
  EXPECT_NEAR(between_segments(a0, a1, point, point).norm(), 1, 1e-12);
  EXPECT_NEAR(between_segments(point, point, a0, a1).norm(), 1, 1e-12);
}

}  // namespace
}  // namespace interprior
