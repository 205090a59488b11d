#include "interprior/infer/keypoint_fit/fit_reconstruction.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>

#include "interprior/render/hand_colour.h"

namespace interprior {
namespace {

cv::Vec3b colour_of(Side side) {
  const auto& [red, green, blue] = kHandColour[side];
  return {cv::saturate_cast<uint8_t>(255 * red), cv::saturate_cast<uint8_t>(255 * green), cv::saturate_cast<uint8_t>(255 * blue)};
}

const cv::Vec3b kGrey(90, 90, 90), kRight = colour_of(Side::right), kLeft = colour_of(Side::left);

// All keypoints of the right hand at one corner of the box, of the left at the opposite one; all fitted joints at the first.
struct Drawn {
  Drawn(const Box& box, const cv::Size& size) {
    FitTarget target;
    ReconstructedHands hands;
    hands.camera = target.camera = {500, 500, 0, 0, size.width, size.height};
    hands.box = box;
    for (const Side side : kSides) {
      hands.joints_in_camera[side] = torch::tensor({box.x / 500, box.y / 500, 1.0}).expand({21, 3}).to(torch::kFloat32);
      HandKeypoints& hand = target.keypoints.hand[side].emplace();
      const double along = side == Side::right ? 0 : 1;
      hand.joints.fill({box.x + along * box.width, box.y + along * box.height, 1});
    }
    image = keypoints_image(cv::Mat(size, CV_8UC3, cv::Scalar(kGrey)), target, hands);
  }
  int count(const cv::Vec3b& colour) const {
    return static_cast<int>(std::count(image.begin<cv::Vec3b>(), image.end<cv::Vec3b>(), colour));
  }
  cv::Mat image;
};

TEST(KeypointsImage, TheDotsFollowTheHandsAndNotTheImage) {
  for (const int size : {600, 3000}) {
    const Drawn drawn({100, 150, 400, 200}, {size, size});
    EXPECT_EQ(drawn.image.size(), cv::Size(size, size));
    EXPECT_EQ(drawn.image.at<cv::Vec3b>(350, 500), kLeft);
    EXPECT_EQ(drawn.image.at<cv::Vec3b>(350, 504), kLeft) << "the radius is 1.5 % of 400 px";
    EXPECT_EQ(drawn.image.at<cv::Vec3b>(350, 509), kGrey);
    EXPECT_EQ(drawn.image.at<cv::Vec3b>(150, 100), kRight);
  }
}

TEST(KeypointsImage, SmallHandsAreEnlarged) {
  for (const double side : {1.0, 20.0, 149.0}) {
    const Drawn drawn({700, 500, side, side}, {2000, 1500});
    EXPECT_LT(std::max(drawn.image.cols, drawn.image.rows), 520) << side;
    EXPECT_GT(std::min(drawn.image.cols, drawn.image.rows), side < 10 ? 30 : 460) << side;
    if (side >= 10) EXPECT_GT(drawn.count(kLeft), 10) << side;
  }
  const Drawn drawn({700, 500, 100, 100}, {2000, 1500});  // 1 px becomes 3, and 30 px of margin 90
  EXPECT_EQ(drawn.image.at<cv::Vec3b>(91, 91), kRight);
  EXPECT_EQ(drawn.image.at<cv::Vec3b>(391, 391), kLeft);
}

TEST(KeypointsImage, HandsAtAndBeyondTheBorderOfTheImage) {
  const Drawn at_border({-10, -10, 40, 40}, {300, 200});
  EXPECT_GT(at_border.count(kLeft), 10);
  for (const double place : {400.0, -4e4, 1e9}) {
    const Drawn beyond({place, place, 40, 40}, {300, 200});
    EXPECT_EQ(beyond.image.size(), cv::Size(300, 200)) << place;
    EXPECT_EQ(beyond.count(kGrey), 300 * 200) << place;
  }
}

}  // namespace
}  // namespace interprior
