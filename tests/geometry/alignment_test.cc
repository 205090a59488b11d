#include "interprior/geometry/alignment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Geometry>
#include <Eigen/LU>
#include <cmath>
#include <limits>

#include "interprior/base/seed.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

Points random_points(Random& random, Eigen::Index count) {
  Points points(3, count);
  for (double& number : points.reshaped()) number = random.normal();
  return points;
}

Similarity random_similarity(Random& random) {
  const Points two = random_points(random, 2);
  return {random.uniform(0.3, 2.5), rotation_from_axis_angle(1.2 * two.col(0)), two.col(1)};
}

double squared_error(const Similarity& similarity, const Points& source, const Points& target) {
  return (similarity * source - target).squaredNorm();
}

TEST(Alignment, RecoversAConstructedSimilarity) {
  Random random(Seed{1});
  for (int i = 0; i < 20; ++i) {
    const Points points = random_points(random, 21);
    const Similarity moved = random_similarity(random), found = procrustes(points, moved * points);
    EXPECT_NEAR(found.scale, moved.scale, 1e-12);
    EXPECT_TRUE(found.rotation.isApprox(moved.rotation, 1e-12));
    EXPECT_TRUE(found.translation.isApprox(moved.translation, 1e-12));
  }
}

TEST(Alignment, IsTheLeastSquaresSimilarity) {
  Random random(Seed{2});
  const Points points = random_points(random, 21), target = random_similarity(random) * points + 0.3 * random_points(random, 21);
  for (const Scaling scaling : {Scaling::free, Scaling::fixed}) {
    const Similarity found = procrustes(points, target, scaling);
    if (scaling == Scaling::fixed) EXPECT_EQ(found.scale, 1);
    const double least = squared_error(found, points, target);
    for (int i = 0; i < 300; ++i) {
      const Points step = 0.01 * random_points(random, 2);
      Similarity other = found;
      if (scaling == Scaling::free) other.scale *= 1 + 0.01 * random.normal();
      other.rotation = rotation_from_axis_angle(step.col(0)) * found.rotation;
      other.translation += step.col(1);
      EXPECT_GT(squared_error(other, points, target), least);
    }
  }
}

TEST(Alignment, NeverReflects) {
  Random random(Seed{5});
  for (int i = 0; i < 16; ++i) {
    const Points points = random_points(random, 21);
    Points reflected = points;
    reflected.row(0) *= -1;
    const Similarity found = procrustes(points, reflected);
    EXPECT_NEAR(found.rotation.determinant(), 1, 1e-12);
    EXPECT_GT((found * points - reflected).cwiseAbs().maxCoeff(), 0.1);
  }
}

TEST(Alignment, FlatAndStraightPointsAlignExactly) {
  Random random(Seed{6});
  Points points = random_points(random, 10);
  for (const int dropped : {1, 2}) {  // a plane, then a line
    points.bottomRows(dropped).setZero();
    const Points target = random_similarity(random) * points;
    const Similarity found = procrustes(points, target);
    EXPECT_TRUE((found * points).isApprox(target, 1e-12));
    EXPECT_NEAR(found.rotation.determinant(), 1, 1e-12);
  }
}

TEST(Alignment, EqualPointsGiveTheDifferenceOfMeans) {
  Random random(Seed{7});
  const Points apart = random_points(random, 21), equal = Vector3(0.1, -0.7, 1.3).replicate(1, 21);
  for (const auto& [source, target] : {std::pair(equal, apart), std::pair(apart, equal), std::pair(equal, Points(2 * equal))}) {
    const Similarity found = procrustes(source, target);
    EXPECT_EQ(found.scale, 1);
    EXPECT_TRUE(found.rotation == Matrix3::Identity());
    EXPECT_TRUE(found.translation.isApprox(Vector3(target.rowwise().mean() - source.rowwise().mean()), 1e-12));
  }
}

// Against Eigen's implementation, which subtracts the means. The numbers of points leave every remainder of the loops' 4 lanes.
TEST(Alignment, EqualsEigensUmeyamaAlsoFarAwayAndBadlyScaled) {
  Random random(Seed{8});
  const Vector3 far(1e6, -2e6, 3e6);
  for (const Eigen::Index count : {4, 5, 6, 7, 21, 778})
    for (int kind = 0; kind < 5; ++kind) {
      Points source = random_points(random, count);
      Points target = random_similarity(random) * source + 0.2 * random_points(random, count);
      if (kind == 1) source.colwise() += far;
      if (kind == 1) target.colwise() -= 2 * far;
      if (kind == 2) source *= 1e-6;
      if (kind == 2) target *= 1e5;
      if (kind == 3) source.col(0) += far / 1e3;  // sums are relative to this point
      if (kind == 4) target.col(0) -= far / 1e3;
      for (const Scaling scaling : {Scaling::free, Scaling::fixed}) {
        const Similarity found = procrustes(source, target, scaling);
        const Eigen::Matrix4d expected = Eigen::umeyama(source, target, scaling == Scaling::free);
        const Matrix3 linear = expected.topLeftCorner<3, 3>();
        EXPECT_LT((found.scale * found.rotation - linear).norm(), 1e-9 * linear.norm()) << count << " points, kind " << kind;
        const Points moved = (linear * source).colwise() + Vector3(expected.topRightCorner<3, 1>());
        const double largest = std::max(source.cwiseAbs().maxCoeff() * linear.norm(), target.cwiseAbs().maxCoeff());
        EXPECT_LT((found * source - moved).cwiseAbs().maxCoeff(), 1e-9 * largest) << count << " points, kind " << kind;
      }
    }
}

TEST(Alignment, TheMeanDistanceIsThatOfALoopOverPoints) {
  Random random(Seed{9});
  for (const Eigen::Index count : {1, 2, 3, 4, 5, 21, 778}) {
    const Points source = random_points(random, count), target = random_points(random, count);
    const Similarity moved = random_similarity(random);
    double sum = 0;
    for (Eigen::Index i = 0; i < count; ++i)
      sum += (moved.scale * (moved.rotation * source.col(i)) + moved.translation - target.col(i)).norm();
    EXPECT_NEAR(mean_distance(moved, source, target), sum / static_cast<double>(count), 1e-13);
  }
}

TEST(Alignment, NaNInAnyPointStaysVisible) {
  Random random(Seed{10});
  for (const Eigen::Index bad : {0, 3, 20})
    for (const bool in_source : {true, false}) {
      Points source = random_points(random, 21), target = random_points(random, 21);
      (in_source ? source : target)(1, bad) = std::numeric_limits<double>::quiet_NaN();
      for (const Scaling scaling : {Scaling::free, Scaling::fixed})
        EXPECT_TRUE(std::isnan(mean_distance(procrustes(source, target, scaling), source, target))) << bad;
    }
}

TEST(Alignment, SetsOfDifferentSizeAreErrors) {
  EXPECT_THAT([] { procrustes(Points::Random(3, 5), Points::Random(3, 6)); }, ThrowsError(HasSubstr("5 and 6 points")));
  EXPECT_THAT([] { procrustes(Points(3, 0), Points(3, 0)); }, ThrowsError(HasSubstr("0 and 0 points")));
  EXPECT_THAT(
      [] {
        mean_distance({1, Matrix3::Identity(), Vector3::Zero()}, Points::Random(3, 6), Points::Random(3, 5));
      },
      ThrowsError(HasSubstr("6 and 5 points")));
}

}  // namespace
}  // namespace interprior
