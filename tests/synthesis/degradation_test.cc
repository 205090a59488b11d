#include "synthesis/degradation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

// Camera effects on an image: width of blur and strength of noise.
namespace interprior {
namespace {

VarietyConfig only(double VarietyConfig::*effect) {
  VarietyConfig variety = variety_of(0);
  variety.*effect = 1;
  return variety;
}

cv::Mat grey(int rows, int columns, int level) { return {rows, columns, CV_8UC3, cv::Scalar::all(level)}; }

// The light of a white dot on black: amount, centre, and standard deviation along and across its longest direction.
struct Spot {
  double light, x, y, along, across;
};

Spot spot(const cv::Mat& image) {
  cv::Mat channel;
  cv::extractChannel(image, channel, 0);
  const cv::Moments m = cv::moments(channel);
  const double xx = m.mu20 / m.m00, yy = m.mu02 / m.m00, xy = m.mu11 / m.m00, half = 0.5 * (xx + yy),
               apart = std::hypot(0.5 * (xx - yy), xy);
  return {m.m00, m.m10 / m.m00, m.m01 / m.m00, std::sqrt(half + apart), std::sqrt(std::max(0.0, half - apart))};
}

TEST(Degradation, MotionBlurSpreadsAPointOverItsLengthAndKeepsTheLight) {
  constexpr int kSize = 256, kDot = 15;  // a disc, so that rounding to bytes loses little
  cv::Mat disc = grey(kSize, kSize, 0);
  cv::circle(disc, {128, 128}, kDot, cv::Scalar::all(255), cv::FILLED);
  const Spot sharp = spot(disc);
  double longest = 0;
  int moved = 0;
  for (uint64_t i = 0; i < 400; ++i) {
    const Spot seen = spot(degraded(disc.clone(), only(&VarietyConfig::motion_blur), Seed{i}));
    // A line's variance, length^2 / 12, adds to the disc's in the line's direction only.
    const double length = std::sqrt(12 * std::max(0.0, seen.along * seen.along - sharp.along * sharp.along));
    EXPECT_NEAR(seen.light / sharp.light, 1, 0.01) << i;
    EXPECT_NEAR(seen.x, sharp.x, 0.05) << i;
    EXPECT_NEAR(seen.y, sharp.y, 0.05) << i;
    EXPECT_LT(seen.across - sharp.across, 0.03) << i;
    EXPECT_LT(length, 0.03 * kSize + 0.6) << i;
    longest = std::max(longest, length);
    moved += length > 0.5;
  }
  EXPECT_GT(longest, 0.03 * kSize - 0.5);
  EXPECT_NEAR(moved, 200, 40);  // half the cameras
}

TEST(Degradation, NoiseHasNoMeanAndAtMostTheStatedStrengthRisingWithLight) {
  double strongest = 0;
  for (uint64_t i = 0; i < 40; ++i) {
    std::vector<double> deviation;
    for (const int level : {40, 160}) {
      cv::Scalar mean, stddev;
      cv::meanStdDev(degraded(grey(64, 96, level), only(&VarietyConfig::noise), Seed{i}), mean, stddev);
      EXPECT_NEAR(mean[1], level, 0.35) << i;
      EXPECT_LT(stddev[1], 1.06 * std::sqrt(64.0 * level / 255 + 16) + 0.1) << i;  // shot 8 at white, read 4
      deviation.push_back(stddev[1]);
    }
    EXPECT_GE(deviation[1], deviation[0]) << i;
    strongest = std::max(strongest, deviation[1]);
  }
  EXPECT_GT(strongest, 4);
}

TEST(Degradation, LongRowsHaveNoiseOfTheirOwnEverywhere) {
  const cv::Mat even = grey(2, 30'000, 128);
  const auto strength = [&](const cv::Mat& image) { return cv::norm(image, even, cv::NORM_L1); };
  cv::Mat noisiest = even;  // of cameras with different noise
  for (uint64_t i = 0; i < 20; ++i) {
    const cv::Mat seen = degraded(even.clone(), only(&VarietyConfig::noise), Seed{i});
    if (strength(seen) > strength(noisiest)) noisiest = seen;
  }
  const auto* first = noisiest.ptr<uint8_t>(0);
  const auto* second = noisiest.ptr<uint8_t>(1);
  constexpr int kValues = 90'000, kRun = 1 << 14;
  int equal = 0, same_as_before = 0;
  for (int i = 0; i < kValues; ++i) equal += first[i] == second[i];
  for (int i = kRun; i < kValues; ++i) same_as_before += first[i] == first[i - kRun];
  EXPECT_LT(equal, kValues / 4);
  EXPECT_LT(same_as_before, kValues / 4);
}

}  // namespace
}  // namespace interprior
