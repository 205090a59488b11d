#include "interprior/render/overlay.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>

#include "interprior/hand/skeleton.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

cv::Mat grey(int width, int height) { return {height, width, CV_8UC3, cv::Scalar(90, 100, 110)}; }

bool equal(const cv::Mat& a, const cv::Mat& b) {
  return a.size() == b.size() && a.type() == b.type() && cv::norm(a, b, cv::NORM_INF) == 0;
}

// An open hand: fingers fan out from a wrist.
Joints2d open_hand(double u, double v, double length) {
  Joints2d joints(static_cast<size_t>(kJoints));
  joints[0] = {u, v};
  for (size_t finger = 0; finger < 5; ++finger) {
    const double turn = -2.6 + 0.5 * static_cast<double>(finger);
    for (size_t phalanx = 0; phalanx < 4; ++phalanx) {
      const double reach = length * (0.45 + 0.18 * static_cast<double>(phalanx));
      joints[1 + 4 * finger + phalanx] = {u + reach * std::cos(turn), v + reach * std::sin(turn)};
    }
  }
  return joints;
}

int colourfulness(const cv::Vec3b& pixel) {
  return std::max({pixel[0], pixel[1], pixel[2]}) - std::min({pixel[0], pixel[1], pixel[2]});
}

cv::Vec3b pixel_at(const cv::Mat& image, const std::array<double, 2>& p) {
  return image.at<cv::Vec3b>(static_cast<int>(std::lround(p[1])), static_cast<int>(std::lround(p[0])));
}

TEST(OverlayJoints, AreDrawnAtTheirPositions) {
  const cv::Mat image = grey(512, 334);
  const PerHand<Joints2d> hands = {open_hand(150, 250, 160), open_hand(370, 250, 160)};
  const cv::Mat drawn = draw_joints(image, hands);
  EXPECT_TRUE(equal(image, grey(512, 334)));
  for (size_t joint = 1; joint < 21; ++joint) {
    EXPECT_GT(colourfulness(pixel_at(drawn, hands.right[joint])), 90) << kJointNames[joint];
    EXPECT_EQ(pixel_at(drawn, hands.left[joint]), cv::Vec3b(255, 255, 255)) << kJointNames[joint];
    const auto& parent = hands.right[static_cast<size_t>(kParents[joint])];
    const auto& child = hands.right[joint];
    EXPECT_GT(colourfulness(pixel_at(drawn, {(parent[0] + child[0]) / 2, (parent[1] + child[1]) / 2})), 90);
  }
  for (size_t finger = 0; finger < 5; ++finger)
    for (size_t other = finger + 1; other < 5; ++other)
      EXPECT_NE(pixel_at(drawn, hands.right[1 + 4 * finger]), pixel_at(drawn, hands.right[1 + 4 * other]));
  EXPECT_EQ(drawn.at<cv::Vec3b>(5, 5), cv::Vec3b(90, 100, 110));
}

TEST(OverlayJoints, SubPixelPositionsMoveTheStroke) {
  const auto centroid = [](double shift) {
    const cv::Mat background = cv::Mat::zeros(128, 128, CV_8UC3);
    const Joints2d joints(21, {60 + shift, 64.0});
    const cv::Mat drawn = draw_joints(background, {joints, {}});
    double weight = 0, weighted = 0;
    for (int v = 0; v < 128; ++v)
      for (int u = 0; u < 128; ++u) {
        const double value = drawn.at<cv::Vec3b>(v, u)[0];
        weight += value;
        weighted += value * u;
      }
    return weighted / weight;
  };
  EXPECT_NEAR(centroid(0), 60, 0.1);
  EXPECT_NEAR(centroid(0.5), 60.5, 0.2);
}

TEST(OverlayJoints, AbsentHandsAndNonFiniteJointsAreSkipped) {
  const cv::Mat image = grey(256, 256);
  EXPECT_TRUE(equal(draw_joints(image, {}), image));
  Joints2d hostile = open_hand(128, 200, 100);
  hostile[4] = {std::nan(""), 10};
  hostile[8] = {1e300, -1e300};
  hostile[12] = {-INFINITY, INFINITY};
  hostile[16] = {-500, 90};
  EXPECT_NO_THROW(draw_joints(image, {hostile, {}}));
  EXPECT_THAT([&] { draw_joints(image, {Joints2d(20), {}}); }, ThrowsError(HasSubstr("right hand has 20 joints instead of 21")));
  EXPECT_THAT([&] { draw_joints(cv::Mat(), {hostile, {}}); }, ThrowsError(HasSubstr("8-bit RGB")));
}

TEST(OverlayHeatmaps, AreTiledInOrderAndBrightAtTheirPeaks) {
  torch::Tensor maps = torch::zeros({5, 64, 64});
  for (int64_t i = 0; i < 5; ++i) maps[i][10 * i + 5][50 - 10 * i] = 1;
  const cv::Mat sheet = draw_heatmaps(maps, 3);
  ASSERT_EQ(sheet.size(), cv::Size(3 * 128 + 2 * 4, 2 * 128 + 4));
  for (int i = 0; i < 5; ++i) {
    const int left = (i % 3) * 132, top = (i / 3) * 132;
    const auto peak = sheet.at<cv::Vec3b>(top + 2 * (10 * i + 5), left + 2 * (50 - 10 * i));
    EXPECT_GT(peak[0], 150) << i;
    EXPECT_LT(sheet.at<cv::Vec3b>(top + 120, left + 2)[0], 10);
  }
  EXPECT_EQ(sheet.at<cv::Vec3b>(200, 3 * 128), cv::Vec3b(255, 255, 255));  // no sixth map
}

TEST(OverlayHeatmaps, AreDrawnOverTheDimmedCropAndMarkNotANumber) {
  torch::Tensor maps = torch::zeros({1, 64, 64});
  maps[0][40][40] = NAN;
  maps[0][10][10] = 1;
  const cv::Mat sheet = draw_heatmaps(maps, 1, grey(256, 256));
  EXPECT_EQ(sheet.at<cv::Vec3b>(100, 10), cv::Vec3b(36, 40, 44));
  EXPECT_EQ(sheet.at<cv::Vec3b>(81, 81), cv::Vec3b(255, 0, 255));
  EXPECT_GT(sheet.at<cv::Vec3b>(21, 21)[0], 100);
}

TEST(OverlayHeatmaps, HostileRequestsAreErrors) {
  EXPECT_THAT([] { draw_heatmaps(torch::zeros({64, 64}), 3); }, ThrowsError(HasSubstr("maps")));
  EXPECT_THAT([] { draw_heatmaps(torch::zeros({0, 64, 64}), 3); }, ThrowsError(HasSubstr("no maps or no columns")));
  EXPECT_THAT([] { draw_heatmaps(torch::zeros({1, 64, 64}), 0); }, ThrowsError(HasSubstr("no maps or no columns")));
  EXPECT_THAT([] { draw_heatmaps(torch::zeros({1, 8, 8}), 1, cv::Mat(9, 9, CV_8UC1)); }, ThrowsError(HasSubstr("8-bit RGB")));
}

TEST(OverlayLayout, PlacesImagesOnWhite) {
  const cv::Mat wide = grey(30, 10), tall = grey(10, 20);
  const cv::Mat row = beside({wide, tall}, 5);
  EXPECT_EQ(row.size(), cv::Size(45, 20));
  EXPECT_EQ(row.at<cv::Vec3b>(5, 5), cv::Vec3b(90, 100, 110));
  EXPECT_EQ(row.at<cv::Vec3b>(15, 5), cv::Vec3b(255, 255, 255));
  EXPECT_EQ(row.at<cv::Vec3b>(5, 32), cv::Vec3b(255, 255, 255));
  EXPECT_EQ(row.at<cv::Vec3b>(15, 40), cv::Vec3b(90, 100, 110));
  EXPECT_EQ(stacked({wide, tall}, 5).size(), cv::Size(30, 35));
  EXPECT_THAT([] { beside({}); }, ThrowsError(HasSubstr("no images")));
  EXPECT_THAT([&] { stacked({wide, cv::Mat()}); }, ThrowsError(HasSubstr("8-bit RGB")));
}

}  // namespace
}  // namespace interprior
