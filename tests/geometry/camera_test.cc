#include "interprior/geometry/camera.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "interprior/base/seed.h"
#include "support/numerical_gradient.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

const Pinhole kRealLike = {1261.5, 1274.2, 201.3, 241.8, 334, 512};  // a camera such as InterHand2.6M's

Camera crop_cameras(int64_t count, double focal, int64_t size) {
  const auto options = torch::TensorOptions().dtype(torch::kFloat64);
  return {torch::full({count, 2}, focal, options), torch::full({count, 2}, static_cast<double>(size - 1) / 2, options),
          torch::eye(3, options).repeat({count, 1, 1})};
}

TEST(CameraPinhole, TheOpticalAxisProjectsToThePrincipalPointAndYPointsDown) {
  const auto centre = kRealLike.project({0, 0, 0.7});
  EXPECT_DOUBLE_EQ(centre[0], 201.3);
  EXPECT_DOUBLE_EQ(centre[1], 241.8);
  const auto lower_right = kRealLike.project({0.1, 0.2, 1});
  EXPECT_DOUBLE_EQ(lower_right[0], 201.3 + 126.15);
  EXPECT_DOUBLE_EQ(lower_right[1], 241.8 + 254.84);
}

TEST(CameraPinhole, DirectionIsTheUnitRayOfItsPixel) {
  const Vector3 ray = kRealLike.direction(17.25, 400.5);
  EXPECT_NEAR(ray[0] * ray[0] + ray[1] * ray[1] + ray[2] * ray[2], 1, 1e-15);
  const auto pixel = kRealLike.project({3 * ray[0], 3 * ray[1], 3 * ray[2]});
  EXPECT_NEAR(pixel[0], 17.25, 1e-11);
  EXPECT_NEAR(pixel[1], 400.5, 1e-11);
}

TEST(CameraPinhole, MatrixProjects) {
  const Vector3 point = {0.05, -0.03, 0.9};
  const Vector3 homogeneous = kRealLike.matrix() * point;
  const auto pixel = kRealLike.project(point);
  EXPECT_NEAR(homogeneous[0] / homogeneous[2], pixel[0], 1e-12);
  EXPECT_NEAR(homogeneous[1] / homogeneous[2], pixel[1], 1e-12);
}

TEST(Camera, ProjectsLikeThePinhole) {
  const Camera camera = {torch::tensor({{1261.5, 1274.2}}, torch::kFloat64), torch::tensor({{201.3, 241.8}}, torch::kFloat64),
                         torch::eye(3, torch::kFloat64).unsqueeze(0)};
  const torch::Tensor points = torch::tensor({{{0.1, 0.2, 1.0}, {-0.1, 0.05, 0.6}}}, torch::kFloat64);
  const torch::Tensor pixels = camera.project(points);
  for (int64_t i = 0; i < 2; ++i) {
    const double* p = points.data_ptr<double>() + 3 * i;
    const auto expected = kRealLike.project({p[0], p[1], p[2]});
    EXPECT_THAT(pixels[0][i], TensorNear(torch::tensor({expected[0], expected[1]}, torch::kFloat64), 1e-11));
  }
}

TEST(Camera, PointsBehindItStayFiniteWithTheirGradients) {
  const Camera camera = crop_cameras(1, 500, 256);
  const torch::Tensor points = torch::tensor({{{0.1, 0.2, 0.0}, {0.1, 0.1, -1.0}, {0.0, 0.0, 1e-9}}}, torch::kFloat64);
  EXPECT_TRUE(torch::isfinite(camera.project(points)).all().item<bool>());
  const auto f = [&](const torch::Tensor& x) { return camera.project(x).sum(); };
  EXPECT_TRUE(torch::isfinite(autograd_gradient(f, points)).all().item<bool>());
}

TEST(Camera, ProjectionGradient) {
  const Camera camera = crop_cameras(2, 500, 256);
  const torch::Tensor points = normal_tensor({2, 4, 3}, Seed{1}).to(torch::kFloat64).abs() + 0.5;
  const auto f = [&](const torch::Tensor& x) { return (camera.project(x) / 500).sin().sum(); };
  EXPECT_THAT(autograd_gradient(f, points), TensorNear(numerical_gradient(f, points), 1e-8));
}

TEST(Camera, ViewCameraThereAndBack) {
  const Camera camera = crop_cameras(3, 812, 256);
  const torch::Tensor root = torch::tensor({{0.05, -0.02, 0.8}, {-0.1, 0.1, 1.2}, {0.0, 0.0, 0.4}}, torch::kFloat64);
  EXPECT_THAT(root_from_view_camera(view_camera_from_root(root, camera, 256), camera, 256), TensorNear(root, 1e-15));
}

TEST(Camera, ViewCameraMeansHalfCropsAndInverseMetres) {
  const Camera camera = crop_cameras(1, 800, 256);
  const torch::Tensor root = root_from_view_camera(torch::tensor({{5.0, 0.5, -0.25}}, torch::kFloat64), camera, 256);
  EXPECT_NEAR(root[0][2].item<double>(), 2 * 800 / (256 * 5.0), 1e-14);  // Z = 2 f / (S s)
  // tx, ty move the projection from the centre in units of half the crop size.
  const torch::Tensor pixel = camera.project(root.unsqueeze(1));
  EXPECT_THAT(pixel[0][0], TensorNear(torch::tensor({127.5 + 0.5 * 128, 127.5 - 0.25 * 128}, torch::kFloat64), 1e-11));
  // A segment of 1/s metres parallel to the image plane at the root's depth is half a crop long.
  const torch::Tensor end = root + torch::tensor({{1 / 5.0, 0.0, 0.0}}, torch::kFloat64);
  EXPECT_NEAR((camera.project(end.unsqueeze(1)) - pixel)[0][0][0].item<double>(), 128, 1e-11);
}

TEST(Camera, OtherShapesAreErrors) {
  const Camera camera = crop_cameras(2, 800, 256);
  EXPECT_THAT([&] { camera.project(torch::zeros({2, 21, 2}, torch::kFloat64)); }, ThrowsError(HasSubstr("points_in_camera")));
  EXPECT_THAT([&] { camera.project(torch::zeros({3, 21, 3}, torch::kFloat64)); }, ThrowsError(HasSubstr("focal")));
  EXPECT_THAT([&] { root_from_view_camera(torch::zeros({2, 2}), camera, 256); }, ThrowsError(HasSubstr("s_tx_ty")));
}

}  // namespace
}  // namespace interprior
