#include "interprior/geometry/alignment.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "interprior/geometry/rotation.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

struct Scene {
  torch::Tensor points;  // (B,N,3)
  Similarity moved;
};

Scene scene(int64_t batch, int64_t points, uint64_t seed) {
  Random random(Seed{seed});
  std::vector<torch::Tensor> rotations;
  for (int64_t i = 0; i < batch; ++i) rotations.push_back(random_rotation(random));
  const torch::Tensor scale = torch::linspace(0.3, 2.5, batch, torch::kFloat64);
  const torch::Tensor translation = normal_tensor({batch, 3}, Seed{seed}.derive("t")).to(torch::kFloat64);
  const torch::Tensor cloud = normal_tensor({batch, points, 3}, Seed{seed}.derive("x")).to(torch::kFloat64);
  return {cloud, {scale, torch::stack(rotations), translation}};
}

double squared_error(const Similarity& similarity, const torch::Tensor& source, const torch::Tensor& target) {
  return (similarity.apply(source) - target).square().sum().item<double>();
}

TEST(Alignment, RecoversAConstructedSimilarity) {
  const auto [points, moved] = scene(8, 21, 1);
  const Similarity found = procrustes(points, moved.apply(points));
  EXPECT_THAT(found.scale, TensorNear(moved.scale, 1e-12));
  EXPECT_THAT(found.rotation, TensorNear(moved.rotation, 1e-12));
  EXPECT_THAT(found.translation, TensorNear(moved.translation, 1e-12));
}

TEST(Alignment, IsTheLeastSquaresSimilarity) {
  const auto [points, moved] = scene(1, 21, 2);
  const torch::Tensor noisy = moved.apply(points) + 0.3 * normal_tensor({1, 21, 3}, Seed{3}).to(torch::kFloat64);
  const Similarity found = procrustes(points, noisy);
  const double least = squared_error(found, points, noisy);
  Random random(Seed{4});
  for (int i = 0; i < 300; ++i) {
    const auto draw = [&] { return 0.01 * random.normal(); };
    Similarity other = found;
    other.scale = found.scale * (1 + draw());
    other.translation = found.translation + torch::tensor({{draw(), draw(), draw()}}, torch::kFloat64);
    const torch::Tensor turn = matrix_from_axis_angle(torch::tensor({draw(), draw(), draw()}, torch::kFloat64));
    other.rotation = torch::matmul(turn, found.rotation);
    EXPECT_GT(squared_error(other, points, noisy), least);
  }
}

TEST(Alignment, NeverReflects) {
  const auto [points, moved] = scene(16, 21, 5);
  const Similarity found = procrustes(points, mirror_vector(points));
  EXPECT_THAT(torch::linalg_det(found.rotation), TensorNear(torch::ones({16}, torch::kFloat64), 1e-12));
  EXPECT_GT((found.apply(points) - mirror_vector(points)).abs().max().item<double>(), 0.1);
}

TEST(Alignment, FlatAndStraightPointsAlignExactly) {
  auto [points, moved] = scene(4, 10, 6);
  for (const int64_t dropped : {1, 2}) {  // a plane, then a line
    points.narrow(-1, 3 - dropped, dropped).zero_();
    const torch::Tensor target = moved.apply(points);
    const Similarity found = procrustes(points, target);
    EXPECT_THAT(found.apply(points), TensorNear(target, 1e-12));
    EXPECT_THAT(torch::linalg_det(found.rotation), TensorNear(torch::ones({4}, torch::kFloat64), 1e-12));
  }
}

TEST(Alignment, EqualPointsGiveTheDifferenceOfMeans) {
  const torch::Tensor spread = normal_tensor({1, 21, 3}, Seed{7});
  const torch::Tensor equal = torch::tensor({0.1f, -0.7f, 1.3f}).expand({1, 21, 3});
  for (const auto& [source, target] : {std::pair(equal, spread), std::pair(spread, equal), std::pair(equal, equal + 1)}) {
    const Similarity found = procrustes(source, target);
    EXPECT_THAT(found.scale, TensorNear(torch::ones({1}), 0));
    EXPECT_THAT(found.rotation[0], TensorNear(torch::eye(3), 1e-7));
    EXPECT_THAT(found.translation, TensorNear(target.mean(1) - source.mean(1), 1e-6));
  }
}

TEST(Alignment, RowsOfABatchDoNotMeet) {
  auto [points, moved] = scene(3, 21, 8);
  const torch::Tensor target = moved.apply(points);
  points[1].zero_();  // degenerate between two valid batch elements
  const Similarity found = procrustes(points, target);
  for (const int64_t row : {0, 2}) EXPECT_THAT(found.rotation[row], TensorNear(moved.rotation[row], 1e-12));
  EXPECT_EQ(found.scale[1].item<double>(), 1);
}

TEST(Alignment, KeepsTheTypeOfItsInput) {
  const Similarity found = procrustes(torch::rand({2, 5, 3}), torch::rand({2, 5, 3}));
  EXPECT_EQ(found.scale.scalar_type(), torch::kFloat32);
  EXPECT_EQ(found.rotation.scalar_type(), torch::kFloat32);
}

TEST(Alignment, OtherShapesAndValuesAreErrors) {
  EXPECT_THAT([] { procrustes(torch::rand({2, 5, 3}), torch::rand({2, 6, 3})); }, ThrowsError(HasSubstr("target")));
  EXPECT_THAT([] { procrustes(torch::rand({2, 0, 3}), torch::rand({2, 0, 3})); }, ThrowsError(HasSubstr("no points")));
  EXPECT_THAT([] { procrustes(torch::full({1, 5, 3}, NAN), torch::rand({1, 5, 3})); }, ThrowsError(HasSubstr("not finite")));
}

}  // namespace
}  // namespace interprior
