#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "interprior/render/overlay.h"
#include "shapes.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

cv::Mat grey(int width, int height) { return {height, width, CV_8UC3, cv::Scalar(90, 100, 110)}; }

bool equal(const cv::Mat& a, const cv::Mat& b) {
  return a.size() == b.size() && a.type() == b.type() && cv::norm(a, b, cv::NORM_INF) == 0;
}

int largest_difference(const cv::Vec3b& a, const cv::Vec3b& b) {
  return std::max({std::abs(a[0] - b[0]), std::abs(a[1] - b[1]), std::abs(a[2] - b[2])});
}

const Pinhole kCamera = {300, 300, 127.5, 127.5, 256, 256};

TEST(OverlayMeshes, CoverTheirOutlineSmoothly) {
  const Mesh right = sphere({-0.12, 0, 0.8}, 0.1), left = sphere({0.12, 0, 0.8}, 0.1);
  const cv::Mat image = grey(256, 256), drawn = draw_meshes(image, {&right, &left}, kCamera, 1.0);
  const auto right_pixel = drawn.at<cv::Vec3b>(128, 83), left_pixel = drawn.at<cv::Vec3b>(128, 172);
  EXPECT_GT(right_pixel[0], right_pixel[2] + 20);  // warm
  EXPECT_GT(left_pixel[2], left_pixel[0] + 20);    // cool
  EXPECT_EQ(drawn.at<cv::Vec3b>(10, 10), cv::Vec3b(90, 100, 110));
  const Raster raster = rasterise({&right, &left}, kCamera);
  int inside_changed = 0, inside = 0, outside_changed = 0;
  for (int i = 0; i < 256 * 256; ++i) {
    const bool changed = drawn.at<cv::Vec3b>(i / 256, i % 256) != cv::Vec3b(90, 100, 110);
    const bool covered = raster.mesh[static_cast<size_t>(i)] != 0;
    inside += covered;
    inside_changed += covered && changed;
    outside_changed += !covered && changed;
  }
  EXPECT_GT(inside_changed, 0.99 * inside);
  EXPECT_LT(outside_changed, 0.05 * inside);  // the antialiased border only
  EXPECT_GT(outside_changed, 0);
}

TEST(OverlayMeshes, OpacityMixesWithThePhotograph) {
  const Mesh ball = sphere({0, 0, 0.8}, 0.1);
  const cv::Mat image = grey(256, 256);
  EXPECT_TRUE(equal(draw_meshes(image, {&ball, nullptr}, kCamera, 0), image));
  EXPECT_TRUE(equal(draw_meshes(image, {nullptr, nullptr}, kCamera, 1), image));
  const cv::Vec3b full = draw_meshes(image, {&ball, nullptr}, kCamera, 1).at<cv::Vec3b>(128, 128);
  const cv::Vec3b half = draw_meshes(image, {&ball, nullptr}, kCamera, 0.5).at<cv::Vec3b>(128, 128);
  EXPECT_NEAR(half[0], (full[0] + 90) / 2.0, 1);
  EXPECT_NEAR(half[2], (full[2] + 110) / 2.0, 1);
}

TEST(OverlayMeshes, HostileRequestsAreErrors) {
  const Mesh ball = sphere({0, 0, 0.8}, 0.1);
  EXPECT_THAT(
      [&] {
        draw_meshes(grey(200, 256), {&ball, nullptr}, kCamera);
      },
      ThrowsError(HasSubstr("256 x 256 px for an image of 200")));
  EXPECT_THAT([&] { draw_meshes(grey(256, 256), {&ball, nullptr}, kCamera, 2); }, ThrowsError(HasSubstr("opacity")));
  EXPECT_THAT([&] { draw_meshes(cv::Mat(), {&ball, nullptr}, kCamera); }, ThrowsError(HasSubstr("8-bit RGB")));
}

// Of a sphere on the optical axis, px.
double silhouette_radius(double radius, double depth, double focal) {
  return focal * radius / std::sqrt(depth * depth - radius * radius);
}

// px, of the left border of a sphere in the middle row of a square image.
double outline_width(int size, double focal) {
  const Mesh ball = sphere({0, 0, 0.8}, 0.1, 96);
  const Pinhole camera = {focal, focal, (size - 1) / 2.0, (size - 1) / 2.0, size, size};
  const cv::Mat drawn = draw_hands(cv::Mat::zeros(size, size, CV_8UC3), {{&ball, Side::right, true}}, camera);
  double sum = 0, brightest = 0;
  for (int column = 0; column < size / 2; ++column) {
    const double value = drawn.at<cv::Vec3b>(size / 2, column)[0];
    sum += value;
    brightest = std::max(brightest, value);
  }
  return sum / brightest;
}

TEST(OverlayHands, ChangeThePixelsOfTheirSilhouetteOnly) {
  const Mesh ball = sphere({0, 0, 0.8}, 0.1, 96);
  const cv::Mat image = grey(256, 256), drawn = draw_hands(image, {{&ball, Side::left, false}}, kCamera);
  EXPECT_TRUE(equal(image, grey(256, 256)));
  const double radius = silhouette_radius(0.1, 0.8, 300);
  for (int v = 0; v < 256; ++v) {
    for (int u = 0; u < 256; ++u) {
      const double distance = std::hypot(u - 127.5, v - 127.5);
      const bool changed = drawn.at<cv::Vec3b>(v, u) != image.at<cv::Vec3b>(v, u);
      if (distance > radius + 0.75) EXPECT_FALSE(changed) << u << " " << v;
      if (distance < radius - 0.75) EXPECT_TRUE(changed) << u << " " << v;
    }
  }
}

TEST(OverlayHands, HaveAnAntialiasedOutlineOfOneAndAHalfPixels) {
  EXPECT_NEAR(outline_width(256, 300), 1.5, 0.2);
  EXPECT_NEAR(outline_width(640, 640), 1.5, 0.2);
  EXPECT_NEAR(outline_width(1280, 1500), 3.0, 0.3);
  const Mesh ball = sphere({0, 0, 0.8}, 0.1, 96);
  const cv::Mat drawn = draw_hands(grey(256, 256), {{&ball, Side::right, false}}, kCamera);
  const double left = 127.5 - silhouette_radius(0.1, 0.8, 300);
  const cv::Vec3b outline = drawn.at<cv::Vec3b>(127, static_cast<int>(std::ceil(left + 0.25)));
  const cv::Vec3b inside = drawn.at<cv::Vec3b>(127, static_cast<int>(left) + 8);
  EXPECT_GT(outline[0] - outline[2], 120);
  EXPECT_LT(outline[0] + outline[1] + outline[2], 0.7 * (inside[0] + inside[1] + inside[2]));
  int between = 0;  // border pixels that are neither image nor outline
  for (int u = 0; u < 128; ++u)
    for (int v = 0; v < 256; ++v) {
      const cv::Vec3b pixel = drawn.at<cv::Vec3b>(v, u);
      const double distance = std::hypot(u - 127.5, v - 127.5) - silhouette_radius(0.1, 0.8, 300);
      between += std::abs(distance) < 0.75 && pixel[2] < 105 && pixel[2] > 30;
    }
  EXPECT_GT(between, 30);
}

TEST(OverlayHands, TheNearerIsInFrontAndTheOtherShowsThrough) {
  const Mesh near = sphere({0, 0, 0.6}, 0.06), far = sphere({0.03, 0, 0.9}, 0.1);
  const cv::Mat image = grey(256, 256);
  for (const Side front : kSides) {
    const DrawnHand one{&near, front, false}, two{&far, other(front), false};
    const cv::Mat both = draw_hands(image, {one, two}, kCamera);
    EXPECT_TRUE(equal(both, draw_hands(image, {two, one}, kCamera)));
    const cv::Mat near_only = draw_hands(image, {one}, kCamera), far_only = draw_hands(image, {two}, kCamera);
    const cv::Vec3b pixel = both.at<cv::Vec3b>(127, 127), alone = near_only.at<cv::Vec3b>(127, 127);
    const int warmth = pixel[0] - pixel[2];
    EXPECT_GT(front == Side::right ? warmth : -warmth, 15);
    for (int channel = 0; channel < 3; ++channel) {
      const double seen = far_only.at<cv::Vec3b>(127, 127)[channel] - image.at<cv::Vec3b>(127, 127)[channel];
      EXPECT_NEAR(pixel[channel], alone[channel] + (1 - kSurfaceOpacity) * seen, 1.5);
    }
    // The left border of the farther hand is behind the nearer one.
    const double border = 127.5 + 300 * 0.03 / 0.9 - silhouette_radius(0.1, 0.9, 300);
    const int column = static_cast<int>(std::ceil(border + 0.25));
    EXPECT_GT(largest_difference(both.at<cv::Vec3b>(127, column), near_only.at<cv::Vec3b>(127, column)), 12);
  }
}

TEST(OverlayHands, DepthIsComparedByPixel) {
  const Mesh falling = quad({-0.2, -0.1, 0.6}, {-0.2, 0.1, 0.6}, {0.2, 0.1, 1.0}, {0.2, -0.1, 1.0});
  const Mesh rising = quad({-0.2, -0.1, 1.0}, {-0.2, 0.1, 1.0}, {0.2, 0.1, 0.6}, {0.2, -0.1, 0.6});
  const cv::Mat drawn = draw_hands(grey(256, 256), {{&falling, Side::right, false}, {&rising, Side::left, false}}, kCamera);
  const cv::Vec3b left = drawn.at<cv::Vec3b>(120, 100), right = drawn.at<cv::Vec3b>(120, 155);
  EXPECT_GT(left[0], left[2] + 10);
  EXPECT_GT(right[2], right[0] + 10);
}

TEST(OverlayHands, AFaintHandIsAnOutlineOnly) {
  const Mesh ball = sphere({0, 0, 0.8}, 0.1);
  const cv::Mat image = grey(256, 256);
  const cv::Mat faint = draw_hands(image, {{&ball, Side::left, true}}, kCamera);
  const cv::Mat whole = draw_hands(image, {{&ball, Side::left, false}}, kCamera);
  const double radius = silhouette_radius(0.1, 0.8, 300);
  EXPECT_TRUE(equal(faint(cv::Rect(107, 107, 41, 41)), image(cv::Rect(107, 107, 41, 41))));
  const int border = static_cast<int>(std::ceil(127.5 - radius + 0.25));
  EXPECT_GT(faint.at<cv::Vec3b>(127, border)[2], image.at<cv::Vec3b>(127, border)[2] + 50);
  EXPECT_LT(cv::norm(faint, image, cv::NORM_L1), 0.2 * cv::norm(whole, image, cv::NORM_L1));
}

TEST(OverlayHands, PartlyOutsideOfTheImageLookAsInAWiderImage) {
  const Mesh ball = sphere({-0.34, 0, 0.8}, 0.1);
  const Pinhole wide = {300, 300, 227.5, 127.5, 356, 256};
  const DrawnHand hand{&ball, Side::right, false};
  const cv::Mat cut = draw_hands(grey(256, 256), {hand}, kCamera), whole = draw_hands(grey(356, 256), {hand}, wide);
  cv::Mat difference;
  cv::absdiff(cut.colRange(4, 256), whole.colRange(104, 356), difference);
  EXPECT_LE(cv::countNonZero(difference.reshape(1) > 1), 9);  // three pixels, for rounding
  EXPECT_LE(largest_difference(cut.at<cv::Vec3b>(127, 0), whole.at<cv::Vec3b>(127, 100)), 1) << "the border is no outline";
}

TEST(OverlayHands, NothingToDrawLeavesTheImage) {
  const cv::Mat image = grey(256, 256);
  const Mesh empty, behind = sphere({0, 0, -0.8}, 0.1), aside = sphere({5, 0, 0.8}, 0.1);
  EXPECT_TRUE(equal(draw_hands(image, {}, kCamera), image));
  EXPECT_TRUE(equal(draw_hands(image, {{nullptr}, {&empty}, {&behind}, {&aside}}, kCamera), image));
  EXPECT_TRUE(equal(draw_hands(image, {{&behind, Side::left, true}}, kCamera), image));
}

TEST(OverlayHands, HostileMeshesAndTinyImagesAreDrawn) {
  Mesh broken = sphere({0, 0, 0.8}, 0.1);
  broken.vertices[100] = {NAN, 0, 1};
  broken.vertices[200] = {1e30f, -1e30f, 0.02f};
  broken.vertices[300] = {0, INFINITY, INFINITY};
  const Mesh around = sphere({0, 0, 0.05}, 0.1), ball = sphere({0, 0, 0.8}, 0.1);
  EXPECT_NO_THROW(draw_hands(grey(256, 256), {{&broken}, {&around, Side::left}}, kCamera));
  const cv::Mat one = draw_hands(grey(1, 1), {{&ball}}, {300, 300, 0, 0, 1, 1});
  EXPECT_EQ(one.size(), cv::Size(1, 1));
  EXPECT_GT(one.at<cv::Vec3b>(0, 0)[0], one.at<cv::Vec3b>(0, 0)[2]);
  Mesh wrong = ball;
  wrong.faces[7] = {0, 1, 1'000'000};
  EXPECT_THAT([&] { draw_hands(grey(256, 256), {{&wrong}}, kCamera); }, ThrowsError(HasSubstr("vertex 1000000")));
  EXPECT_THAT([&] { draw_hands(grey(200, 256), {{&ball}}, kCamera); },
              ThrowsError(HasSubstr("256 x 256 px for an image of 200")));
  EXPECT_THAT([&] { draw_hands(cv::Mat(), {{&ball}}, kCamera); }, ThrowsError(HasSubstr("8-bit RGB")));
}

}  // namespace
}  // namespace interprior
