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

cv::Vec3b sample_tint(double level, double colour, Random& random) {
  cv::Vec3b tint;
  for (int k = 0; k < 3; ++k) tint[k] = cv::saturate_cast<uint8_t>(level + colour * random.normal());
  return tint;
}

// One colour in each corner.
cv::Mat gradient(const cv::Size& size, Random& random) {
  cv::Mat corners(2, 2, CV_8UC3), wide;
  const double level = random.uniform(20, 230), colour = random.uniform(2, 30);
  for (int i = 0; i < 4; ++i) corners.at<cv::Vec3b>(i / 2, i % 2) = sample_tint(level + 35 * random.normal(), colour, random);
  cv::resize(corners, wide, size, 0, 0, cv::INTER_LINEAR);
  return wide;
}

// Noise of four octaves, each weaker than the coarser one: like plaster, foliage, cloth.
cv::Mat clouds(const cv::Size& size, Random& random) {
  cv::Mat sum;  // at the resolution of the finest octave so far
  const cv::Vec3b tint = sample_tint(random.uniform(30, 200), random.uniform(3, 40), random);
  const double contrast = random.uniform(10, 60), colour = random.uniform(0, 0.22), fall = random.uniform(0.4, 0.75);
  QuickNormals normal(random);
  int cells = 2 + static_cast<int>(random.integer(3));
  double strength = contrast;
  for (int octave = 0; octave < 4; ++octave, cells *= 3, strength *= fall) {
    cv::Mat grain(cells, cells, CV_8UC3);
    const cv::Vec3b middle = octave == 0 ? tint : cv::Vec3b(128, 128, 128);
    const auto grey = static_cast<float>(strength / 256), shade = static_cast<float>(colour * strength / 256);
    for (int y = 0; y < cells; ++y) {
      const int16_t* number = normal.run(4 * static_cast<size_t>(cells));
      auto* cell = grain.ptr<cv::Vec3b>(y);
      for (int x = 0; x < cells; ++x, ++cell, number += 4)
        for (int k = 0; k < 3; ++k)
          (*cell)[k] = cv::saturate_cast<uint8_t>(static_cast<float>(middle[k]) + grey * number[0] + shade * number[1 + k]);
    }
    if (octave == 0) {
      sum = grain;
      continue;
    }
    cv::resize(sum, sum, grain.size(), 0, 0, cv::INTER_CUBIC);
    cv::addWeighted(sum, 1, grain, 1, -128, sum);
  }
  cv::Mat wide;
  cv::resize(sum, wide, size, 0, 0, cv::INTER_LINEAR);
  return wide;
}

// Stripes of about equal width and varying colour, in one or two directions: like boards, blinds, tiles.
cv::Mat stripes(const cv::Size& size, Random& random) {
  cv::Mat image = gradient(size, random);
  const double longer = std::max(size.width, size.height), width = longer * random.uniform(0.03, 0.16),
               angle = random.uniform(0, kTurn);
  const cv::Point2d middle(0.5 * size.width, 0.5 * size.height);
  const int directions = random.chance(0.3) ? 2 : 1;
  const double strength = random.uniform(6, 40), joint = random.uniform(0.06, 1);
  const cv::Vec3b first = image.at<cv::Vec3b>(size.height / 2, size.width / 2);
  for (int direction = 0; direction < directions; ++direction) {
    const cv::Point2d across(std::cos(angle + direction * kTurn / 4), std::sin(angle + direction * kTurn / 4)),
        along(-across.y, across.x);
    for (double at = -0.75 * longer; at < 0.75 * longer; at += width * random.uniform(0.9, 1.1)) {
      cv::Scalar colour;
      const double change = -strength * random.uniform(0.3, 1);
      for (int k = 0; k < 3; ++k) colour[k] = cv::saturate_cast<uint8_t>(first[k] + change);
      const cv::Point2d centre = middle + at * across;
      cv::line(image, centre - longer * along, centre + longer * along, colour,
               std::max(1, static_cast<int>(0.5 * joint * width)), cv::LINE_AA);
    }
  }
  return image;
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
  // Hands are in focus, the background mostly not. A strongly blurred background is drawn at lower resolution.
  Random lens(seed.derive("focus"));
  const double focus = lens.uniform(), sigma = varied ? 0.03 * static_cast<double>(std::max(width, height)) * focus * focus : 0;
  const int reduction = sigma > 4 ? 4 : sigma > 1.2 ? 2 : 1;
  const cv::Size whole(static_cast<int>(width), static_cast<int>(height)),
      size((whole.width + reduction - 1) / reduction, (whole.height + reduction - 1) / reduction);
  cv::Mat image = varied ? draw_varied(size, random) : draw_smooth_background(size.width, size.height, random);
  Random shapes(seed.derive("clutter"));
  draw_clutter(image, variety.clutter, shapes);
  Random people(seed.derive("distractors"));
  draw_distractors(image, variety.distractors, skin, people);
  if (sigma > 0.4) cv::GaussianBlur(image, image, {}, sigma / reduction);
  if (reduction > 1) cv::resize(image, image, whole, 0, 0, cv::INTER_LINEAR);
  return image;
}

}  // namespace interprior
