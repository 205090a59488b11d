#include "background.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "clutter.h"
#include "smooth_noise.h"

namespace interprior {
namespace {

constexpr double kTurn = 2 * std::numbers::pi;

cv::Vec3b draw_tint(double level, double colour, Random& random) {
  cv::Vec3b tint;
  for (int k = 0; k < 3; ++k) tint[k] = cv::saturate_cast<uint8_t>(level + colour * random.normal());
  return tint;
}

// One colour in each corner.
cv::Mat gradient(const cv::Size& size, Random& random) {
  cv::Mat corners(2, 2, CV_8UC3), wide;
  const double level = random.uniform(20, 230), colour = random.uniform(2, 30);
  for (int i = 0; i < 4; ++i) corners.at<cv::Vec3b>(i / 2, i % 2) = draw_tint(level + 35 * random.normal(), colour, random);
  cv::resize(corners, wide, size, 0, 0, cv::INTER_LINEAR);
  return wide;
}

// Noise of several grains, each half as strong as the coarser one: plaster, foliage, cloth.
cv::Mat clouds(const cv::Size& size, Random& random) {
  cv::Mat sum(size, CV_8UC3, cv::Scalar::all(0));
  const cv::Vec3b tint = draw_tint(random.uniform(30, 200), random.uniform(3, 40), random);
  const double contrast = random.uniform(10, 60), colour = random.uniform(0, 0.22), fall = random.uniform(0.4, 0.75);
  QuickNormals normal(random);
  int cells = 2 + static_cast<int>(random.integer(3));
  double strength = contrast;
  for (int octave = 0; octave < 4; ++octave, cells *= 3, strength *= fall) {
    cv::Mat coarse(cells, cells, CV_8UC3), wide;
    for (int i = 0; i < cells * cells; ++i) {
      const double grey = strength * normal();
      cv::Vec3b& cell = coarse.at<cv::Vec3b>(i / cells, i % cells);
      for (int k = 0; k < 3; ++k)
        cell[k] = cv::saturate_cast<uint8_t>((octave == 0 ? tint[k] : 128) + grey + colour * strength * normal());
    }
    cv::resize(coarse, wide, size, 0, 0, cv::INTER_CUBIC);
    if (octave == 0)
      sum = wide;
    else
      cv::addWeighted(sum, 1, wide, 1, -128, sum);
  }
  return sum;
}

// Boards, blinds, tiles: stripes of about equal width and changing colour, in one or two directions.
cv::Mat stripes(const cv::Size& size, Random& random) {
  cv::Mat picture = gradient(size, random);
  const double longer = std::max(size.width, size.height), width = longer * random.uniform(0.03, 0.16),
               angle = random.uniform(0, kTurn);
  const cv::Point2d middle(0.5 * size.width, 0.5 * size.height);
  const int directions = random.chance(0.3) ? 2 : 1;
  const double strength = random.uniform(6, 40), joint = random.uniform(0.06, 1);
  const cv::Vec3b first = picture.at<cv::Vec3b>(size.height / 2, size.width / 2);
  for (int direction = 0; direction < directions; ++direction) {
    const cv::Point2d across(std::cos(angle + direction * kTurn / 4), std::sin(angle + direction * kTurn / 4)),
        along(-across.y, across.x);
    for (double at = -0.75 * longer; at < 0.75 * longer; at += width * random.uniform(0.9, 1.1)) {
      cv::Scalar colour;
      const double change = -strength * random.uniform(0.3, 1);
      for (int k = 0; k < 3; ++k) colour[k] = cv::saturate_cast<uint8_t>(first[k] + change);
      const cv::Point2d centre = middle + at * across;
      cv::line(picture, centre - longer * along, centre + longer * along, colour,
               std::max(1, static_cast<int>(0.5 * joint * width)), cv::LINE_AA);
    }
  }
  return picture;
}

cv::Mat draw_varied(const cv::Size& size, Random& random) {
  switch (random.integer(5)) {
    case 0:
      return gradient(size, random);
    case 1:
      return stripes(size, random);
    case 2:
      return draw_smooth_background(size.width, size.height, random);
    default:
      return clouds(size, random);
  }
}

// A wide blur is made on a smaller picture.
void blur(cv::Mat& picture, double sigma) {
  if (sigma < 0.4) return;
  const int reduction = sigma > 6 ? 4 : sigma > 2.5 ? 2 : 1;
  if (reduction == 1) return cv::GaussianBlur(picture, picture, {}, sigma);
  const cv::Size size = picture.size(),
                 reduced((size.width + reduction - 1) / reduction, (size.height + reduction - 1) / reduction);
  cv::Mat small;
  cv::resize(picture, small, reduced, 0, 0, cv::INTER_AREA);
  cv::GaussianBlur(small, small, {}, sigma / reduction);
  cv::resize(small, picture, size, 0, 0, cv::INTER_LINEAR);
}

}  // namespace

cv::Mat draw_smooth_background(int64_t width, int64_t height, Random& random) {
  const double level = random.uniform(15, 190), contrast = random.uniform(5, 45), colour = random.uniform(0, 25);
  cv::Vec3d tint;
  for (int k = 0; k < 3; ++k) tint[k] = colour * random.normal();
  const int columns = 2 + static_cast<int>(random.integer(4)), rows = 2 + static_cast<int>(random.integer(5));
  cv::Mat coarse(rows, columns, CV_8UC3), smooth;
  for (int y = 0; y < rows; ++y)
    for (int x = 0; x < columns; ++x) {
      const double grey = level + contrast * random.normal();
      for (int k = 0; k < 3; ++k)
        coarse.at<cv::Vec3b>(y, x)[k] = cv::saturate_cast<uint8_t>(grey + tint[k] + 0.3 * colour * random.normal());
    }
  cv::resize(coarse, smooth, {static_cast<int>(width), static_cast<int>(height)}, 0, 0, cv::INTER_CUBIC);
  return smooth;
}

cv::Mat draw_background(int64_t width, int64_t height, const VarietyConfig& variety, const cv::Vec3b& skin, Seed seed) {
  Random random(seed.derive("background"));
  const bool varied = random.chance(variety.background);
  const cv::Size size(static_cast<int>(width), static_cast<int>(height));
  cv::Mat picture = varied ? draw_varied(size, random) : draw_smooth_background(width, height, random);
  Random shapes(seed.derive("clutter"));
  draw_clutter(picture, variety.clutter, shapes);
  Random people(seed.derive("distractors"));
  draw_distractors(picture, variety.distractors, skin, people);
  // Hands are in focus, and what lies behind them is rather not.
  const double focus = random.uniform();
  if (varied) blur(picture, 0.03 * static_cast<double>(std::max(width, height)) * focus * focus);
  return picture;
}

}  // namespace interprior
