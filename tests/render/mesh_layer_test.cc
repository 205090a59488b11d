#include "interprior/render/mesh_layer.h"

#include <gtest/gtest.h>

#include <cmath>

#include "shapes.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

constexpr int kSize = 96;
const Pinhole kCamera = {200, 200, (kSize - 1) / 2.0, (kSize - 1) / 2.0, kSize, kSize};

// Radius of the outline of a sphere of 0.1 m at 1 m, px.
const double kOutline = 200 * std::tan(std::asin(0.1));

TEST(MeshLayer, AlphaIsOneInsideTheOutlineAndZeroOutside) {
  const Mesh ball = sphere({0, 0, 1}, 0.1, 64);
  const cv::Mat layer = mesh_layer({&ball, nullptr}, kCamera, hand_shading(), 4);
  ASSERT_EQ(layer.type(), CV_8UC4);
  ASSERT_EQ(layer.size(), cv::Size(kSize, kSize));
  int partly = 0;
  for (int row = 0; row < kSize; ++row)
    for (int column = 0; column < kSize; ++column) {
      const double distance = std::hypot(row - kCamera.cy, column - kCamera.cx);
      const int alpha = layer.at<cv::Vec4b>(row, column)[3];
      if (distance < kOutline - 1.5) EXPECT_EQ(alpha, 255) << row << " " << column;
      if (distance > kOutline + 1.5) EXPECT_EQ(alpha, 0) << row << " " << column;
      partly += alpha > 0 && alpha < 255;
    }
  EXPECT_GT(partly, 60) << "the outline is smooth";
}

TEST(MeshLayer, TheAreaOfAlphaIsTheAreaOfTheMesh) {
  const Mesh ball = sphere({0, 0, 1}, 0.1, 64);
  const cv::Mat layer = mesh_layer({&ball, nullptr}, kCamera, hand_shading(), 4);
  double area = 0;
  for (int row = 0; row < kSize; ++row)
    for (int column = 0; column < kSize; ++column) area += layer.at<cv::Vec4b>(row, column)[3] / 255.0;
  EXPECT_NEAR(area, kPi * kOutline * kOutline, 0.005 * area);
}

TEST(MeshLayer, ColoursAreMultipliedByAlpha) {
  const Mesh wall = quad({-0.103, -0.1, 1}, {-0.103, 0.1, 1}, {0.1, 0.1, 1}, {0.1, -0.1, 1});
  Shading shading;
  shading.skin = {{1, 1, 1}};
  shading.lights.clear();
  shading.ambient = 1;
  const cv::Mat layer = mesh_layer({&wall}, kCamera, shading, 4);
  bool has_edge = false;
  for (int row = 0; row < kSize; ++row)
    for (int column = 0; column < kSize; ++column) {
      const cv::Vec4b& pixel = layer.at<cv::Vec4b>(row, column);
      for (int channel = 0; channel < 3; ++channel) EXPECT_EQ(pixel[channel], pixel[3]) << "white without alpha";
      has_edge = has_edge || (pixel[3] > 0 && pixel[3] < 255);
    }
  EXPECT_TRUE(has_edge);
}

TEST(MeshLayer, RefusesSampleCountsOutOfRange) {
  const Mesh ball = sphere({0, 0, 1}, 0.1);
  for (const int samples : {0, 9})
    EXPECT_THAT([&] { mesh_layer({&ball, nullptr}, kCamera, hand_shading(), samples); }, ThrowsError(HasSubstr("1 to 8")));
}

}  // namespace
}  // namespace interprior
