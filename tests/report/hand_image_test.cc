#include "interprior/report/hand_image.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <limits>

#include "interprior/hand/procedural/procedural_hand.h"

namespace interprior {
namespace {

const TwoHands& procedural_hands() {
  static const TwoHands hands(procedural_hand());
  return hands;
}

struct TwoOpenHands {
  const TwoHands& hands = procedural_hands();
  PerHand<HandPose> pose;
  TwoOpenHands() {
    for (const Side side : kSides)
      pose[side] = {torch::eye(3).expand({1, 16, 3, 3}).clone(), torch::zeros({1, 10}),
                    torch::tensor({{0.0f, side == Side::left ? 0.12f : 0.0f, 0.0f}})};
  }
  HandSurfaces surfaces(const Vector3& offset) const { return surfaces_of(hands(pose), 0, offset, hands); }
};

// Share of pixels covered by hands: those that differ from the corner pixel.
double covered(const cv::Mat& image) {
  const cv::Vec3b corner = image.at<cv::Vec3b>(0, 0);
  int64_t count = 0;
  for (int y = 0; y < image.rows; ++y)
    for (int x = 0; x < image.cols; ++x) count += image.at<cv::Vec3b>(y, x) != corner;
  return static_cast<double>(count) / (image.rows * image.cols);
}

TEST(HandImage, FramedHandsFillTheirPanelAndStayInside) {
  const HandSurfaces surfaces = TwoOpenHands().surfaces({3, -2, 7});  // far from the origin
  for (const double turn : {0.0, 0.8, 1.5707963}) {
    const cv::Mat image = draw_framed(surfaces, turn, radius_of(surfaces));
    ASSERT_EQ(image.size(), cv::Size(kPanel, kPanel));
    EXPECT_GT(covered(image), 0.04);
    EXPECT_EQ(covered(image.rowRange(0, 2)), 0);
    EXPECT_EQ(covered(image.colRange(kPanel - 2, kPanel)), 0);
  }
}

TEST(HandImage, TheCropsCameraIsScaledToThePanel) {
  const HandSurfaces surfaces = TwoOpenHands().surfaces({0, 0, 1});
  const Pinhole small{128, 128, 31.5, 31.5, 64, 64}, large{512, 512, 127.5, 127.5, 256, 256};
  const cv::Mat background(64, 64, CV_8UC3, cv::Scalar(0, 0, 0));
  EXPECT_EQ(cv::norm(draw_surfaces(surfaces, small, background), draw_surfaces(surfaces, large, background), cv::NORM_INF), 0);
}

TEST(HandImage, TheSideViewAndAnotherScaleDiffer) {
  const HandSurfaces surfaces = TwoOpenHands().surfaces({0, 0, 1});
  const double radius = radius_of(surfaces), front = covered(draw_framed(surfaces, 0, radius));
  EXPECT_GT(cv::norm(draw_framed(surfaces, 0, radius), draw_framed(surfaces, 1.5707963, radius), cv::NORM_L1), 1e5);
  EXPECT_NEAR(covered(draw_framed(surfaces, 0, 2 * radius)), front / 4, 0.15 * front);
}

TEST(HandImage, ANonFiniteHandIsSkipped) {
  TwoOpenHands two;
  two.pose.left.wrist_in_root[0][0] = std::numeric_limits<float>::quiet_NaN();
  const HandSurfaces surfaces = two.surfaces({0, 0, 1});
  EXPECT_FALSE(surfaces.right.vertices.empty());
  EXPECT_TRUE(surfaces.left.vertices.empty());
  EXPECT_GT(covered(draw_framed(surfaces, 0, radius_of(surfaces))), 0.02);
  EXPECT_EQ(covered(draw_framed(HandSurfaces{}, 0, radius_of(HandSurfaces{}))), 0);
}

TEST(HandImage, ATitleIsAboveThePanel) {
  const cv::Mat plain(kPanel, kPanel, CV_8UC3, cv::Scalar(5, 6, 7)), image = titled(plain, "truth");
  EXPECT_GT(image.rows, plain.rows);
  EXPECT_EQ(cv::norm(image.rowRange(image.rows - kPanel, image.rows), plain, cv::NORM_INF), 0);
}

}  // namespace
}  // namespace interprior
