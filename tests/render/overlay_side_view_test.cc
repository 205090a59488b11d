#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <opencv2/imgproc.hpp>

#include "interprior/render/overlay.h"
#include "shapes.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

const cv::Size kSize(360, 480);

bool warm(const cv::Vec3b& pixel) { return pixel[0] > pixel[2] + 15; }
bool cool(const cv::Vec3b& pixel) { return pixel[2] > pixel[0] + 15; }

cv::Point2d centroid(const cv::Mat& view, const std::function<bool(const cv::Vec3b&)>& wanted) {
  cv::Point2d sum(0, 0);
  int count = 0;
  for (int v = 0; v < view.rows; ++v)
    for (int u = 0; u < view.cols; ++u)
      if (wanted(view.at<cv::Vec3b>(v, u))) {
        sum += cv::Point2d(u, v);
        ++count;
      }
  return count > 0 ? sum / count : cv::Point2d(NAN, NAN);
}

bool plain(const cv::Mat& view) {
  for (int v = 0; v < view.rows; ++v)
    for (int u = 0; u < view.cols; ++u)
      if (view.at<cv::Vec3b>(v, u) != view.at<cv::Vec3b>(0, 0)) return false;
  return true;
}

// px of the longest dark run in the lowest tenth of the view: the scale bar, which is 5 cm long.
int bar_length(const cv::Mat& view) {
  int longest = 0;
  for (int v = view.rows * 9 / 10; v < view.rows; ++v)
    for (int u = 0, run = 0; u < view.cols; ++u) {
      const cv::Vec3b pixel = view.at<cv::Vec3b>(v, u);
      run = std::max({pixel[0], pixel[1], pixel[2]}) < 80 ? run + 1 : 0;
      longest = std::max(longest, run);
    }
  return longest;
}

TEST(OverlaySideView, DepthGrowsToTheRightInTheScaleOfTheBar) {
  const Mesh near = sphere({0.02, 0, 0.5}, 0.03), far = sphere({0.02, 0, 0.7}, 0.03);
  for (const bool exchanged : {false, true}) {
    const cv::Mat view = draw_side_view({{exchanged ? &far : &near, Side::right}, {exchanged ? &near : &far, Side::left}}, kSize);
    ASSERT_EQ(view.size(), kSize);
    const cv::Point2d right = centroid(view, warm), left = centroid(view, cool);
    const double metre = bar_length(view) / 0.05;
    EXPECT_NEAR((left.x - right.x) / metre, exchanged ? -0.2 : 0.2, 0.003);
    EXPECT_NEAR(left.y, right.y, 0.5);
    EXPECT_NEAR((left.x + right.x) / 2, (kSize.width - 1) / 2.0, 1);
  }
}

TEST(OverlaySideView, PositionsAcrossTheImageDecideOnlyWhatIsInFront) {
  const Mesh one = sphere({0.1, 0, 0.6}, 0.03), same = sphere({-0.1, 0, 0.6}, 0.03), lower = sphere({0.3, 0.1, 0.6}, 0.03);
  const cv::Mat right_in_front = draw_side_view({{&one, Side::right}, {&same, Side::left}}, kSize);
  EXPECT_TRUE(warm(right_in_front.at<cv::Vec3b>(240, 180)));
  const cv::Mat left_in_front = draw_side_view({{&one, Side::left}, {&same, Side::right}}, kSize);
  EXPECT_TRUE(cool(left_in_front.at<cv::Vec3b>(240, 180)));
  const cv::Mat view = draw_side_view({{&one, Side::right}, {&lower, Side::left}}, kSize);
  const cv::Point2d above = centroid(view, warm), below = centroid(view, cool);
  EXPECT_NEAR((below.y - above.y) / (bar_length(view) / 0.05), 0.1, 0.002);
  EXPECT_NEAR(below.x, above.x, 0.5);
}

TEST(OverlaySideView, TheHandsFillIt) {
  const Mesh near = sphere({0, 0, 0.5}, 0.05), far = sphere({0, 0.03, 0.7}, 0.05);
  const cv::Mat view = draw_side_view({{&near, Side::right}, {&far, Side::left}}, kSize);
  int first = view.cols, last = 0;
  for (int u = 0; u < view.cols; ++u)
    for (int v = 0; v < view.rows; ++v)
      if (warm(view.at<cv::Vec3b>(v, u)) || cool(view.at<cv::Vec3b>(v, u))) {
        first = std::min(first, u);
        last = std::max(last, u);
      }
  EXPECT_NEAR(last - first, 0.9 * kSize.width, 4);
  EXPECT_NEAR(first, kSize.width - 1 - last, 3);
}

TEST(OverlaySideView, FaintHandsDoNotDecideTheScale) {
  const Mesh present = sphere({0, 0, 0.5}, 0.06), absent = sphere({0, 0, 0.52}, 0.15), away = sphere({0, 0, 40}, 0.1);
  const int alone = bar_length(draw_side_view({{&present}}, kSize));
  EXPECT_GT(alone, 20);
  EXPECT_EQ(bar_length(draw_side_view({{&present}, {&absent, Side::left, true}}, kSize)), alone);
  EXPECT_EQ(bar_length(draw_side_view({{&present}, {&away, Side::left, true}}, kSize)), alone);
  const cv::Mat only = draw_side_view({{&absent, Side::left, true}}, kSize);
  EXPECT_EQ(only.at<cv::Vec3b>(240, 180), only.at<cv::Vec3b>(240, 0)) << "no surface";
  EXPECT_LT(bar_length(only), alone);
  EXPECT_FALSE(std::isnan(centroid(only, cool).x)) << "its outline";
}

// Distances of two hands, frame by frame, and the bar that shows the scale.
TEST(OverlaySideView, TheScaleOfAVideoIsSteadyAndNeverGrows) {
  SideViewScale scale;
  EXPECT_TRUE(plain(draw_side_view({}, kSize, scale))) << "no scale yet";
  int last = 0, changes = 0;
  for (int frame = 0; frame < 120; ++frame) {
    const double depth = 0.1 + 0.0015 * frame + 0.02 * std::sin(frame), turn = std::sin(0.1 * frame);
    const Mesh near = sphere({0, 0, 0.5}, 0.04), far = sphere({0, 0.05 * turn, 0.5 + depth}, 0.04);
    const std::vector<DrawnHand> hands = {{&near, Side::right}, {&far, Side::left}};
    const cv::Mat view = draw_side_view(hands, kSize, scale);
    const int bar = bar_length(view), filling = bar_length(draw_side_view(hands, kSize));
    EXPECT_LE(bar, filling) << "no hand leaves the view, frame " << frame;
    if (frame == 0) EXPECT_LT(bar, 0.9 * filling) << "a margin";
    if (frame > 0) EXPECT_LE(bar, last) << frame;
    changes += frame > 0 && bar != last;
    last = bar;
    const cv::Point2d right = centroid(view, warm), left = centroid(view, cool);
    EXPECT_NEAR((left.x - right.x) / (bar / 0.05), depth, 0.06 * depth) << "in the scale of the bar, frame " << frame;
  }
  EXPECT_GT(changes, 0) << "the hands have moved apart";
  EXPECT_LE(changes, 5);
}

TEST(OverlaySideView, AWrongFrameOfAVideoLeavesTheScaleOfTheNext) {
  const Mesh one = sphere({0, 0, 0.5}, 0.04), other = sphere({0, 0, 0.6}, 0.04), away = sphere({0, 0, 4}, 0.04),
             faint = sphere({0, 0, 0.9}, 0.3);
  const std::vector<DrawnHand> usual = {{&one, Side::right}, {&other, Side::left}};
  SideViewScale scale;
  const int bar = bar_length(draw_side_view(usual, kSize, scale));
  EXPECT_LT(bar_length(draw_side_view({{&one, Side::right}, {&away, Side::left}}, kSize, scale)), bar) << "shown whole";
  EXPECT_EQ(bar_length(draw_side_view(usual, kSize, scale)), bar);
  EXPECT_LT(bar_length(draw_side_view({{&faint, Side::left, true}}, kSize, scale)), bar) << "shown whole";
  EXPECT_EQ(bar_length(draw_side_view(usual, kSize, scale)), bar);
  EXPECT_EQ(bar_length(draw_side_view({{&one}}, kSize, scale)), bar) << "less would fill the view at a larger scale";
}

TEST(OverlaySideView, AVideoWhoseSizeChangesKeepsItsScaleRelativeToTheView) {
  SideViewScale scale;
  const double first = scale.next(1000, 300, true);
  EXPECT_DOUBLE_EQ(scale.next(2000, 600, true), 2 * first);
  EXPECT_DOUBLE_EQ(scale.next(1000, 300, true), first);
  EXPECT_LT(scale.next(500, 300, true), 500);
}

TEST(OverlaySideView, WithoutHandsItIsPlain) {
  const Mesh empty;
  Mesh broken = sphere({0, 0, 0.5}, 0.05);
  broken.vertices[3][1] = NAN;
  EXPECT_TRUE(plain(draw_side_view({}, kSize)));
  EXPECT_TRUE(plain(draw_side_view({{nullptr}, {&empty}, {&broken}}, kSize)));
  const Mesh ball = sphere({0, 0, 0.5}, 0.05);
  const cv::Mat alone = draw_side_view({{&ball}}, kSize), with_broken = draw_side_view({{&ball}, {&broken, Side::left}}, kSize);
  EXPECT_EQ(cv::norm(alone, with_broken, cv::NORM_INF), 0);
}

TEST(OverlaySideView, HostileSizesAndPlaces) {
  const Mesh ball = sphere({0, 0, 0.5}, 0.05), behind = sphere({0, 0, -3}, 0.05);
  Mesh point;
  point.vertices = {{0, 0, 1}, {0, 0, 1}, {0, 0, 1}};
  point.faces = {{0, 1, 2}};
  Mesh huge = ball;
  huge.vertices[5] = {3e38f, -3e38f, 3e38f};
  for (const cv::Size& size : {cv::Size(1, 1), cv::Size(3, 200), cv::Size(400, 2)})
    EXPECT_EQ(draw_side_view({{&ball}, {&behind, Side::left}}, size).size(), size);
  EXPECT_NO_THROW(draw_side_view({{&point}}, kSize));
  EXPECT_NO_THROW(draw_side_view({{&huge}}, kSize));
  EXPECT_TRUE(warm(draw_side_view({{&behind}}, kSize).at<cv::Vec3b>(240, 180))) << "the photograph's camera does not matter";
  EXPECT_THAT([&] { draw_side_view({{&ball}}, {0, 10}); }, ThrowsError(HasSubstr("0 x 10 px")));
}

TEST(OverlaySideView, IsAsHighAsTheImageAndNarrower) {
  EXPECT_EQ(side_view_size({640, 480}), cv::Size(360, 480));
  EXPECT_EQ(side_view_size({480, 640}), cv::Size(480, 640));
  EXPECT_EQ(side_view_size({100, 1000}), cv::Size(100, 1000));
  EXPECT_EQ(side_view_size({1, 1}), cv::Size(1, 1));
  EXPECT_EQ(side_view_size({1000, 1}), cv::Size(1, 1));
}

}  // namespace
}  // namespace interprior
