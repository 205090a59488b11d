#include "clutter.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace interprior {
namespace {

constexpr double kTurn = 2 * std::numbers::pi;
constexpr int kMaxShapes = 12;
constexpr double kDistractor = 0.35;
constexpr int kBits = 3;  // fractional bits of coordinates in OpenCV's drawing

cv::Point fixed(const cv::Point2d& p) {
  return {static_cast<int>(std::lround(p.x * (1 << kBits))), static_cast<int>(std::lround(p.y * (1 << kBits)))};
}

cv::Point2d sample_place(const cv::Mat& image, Random& random) {
  const double x = random.uniform(-0.1, 1.1) * image.cols;
  return {x, random.uniform(-0.1, 1.1) * image.rows};
}

cv::Scalar sample_colour(Random& random) {
  const double level = random.uniform(5, 250), colour = random.chance(0.3) ? 70 : 15;
  cv::Scalar result;
  for (int k = 0; k < 3; ++k) result[k] = cv::saturate_cast<uint8_t>(level + colour * random.normal());
  return result;
}

// Corners on an ellipse at random angles; 4 at even angles for a box.
std::vector<cv::Point> sample_polygon(const cv::Point2d& centre, double size, Random& random) {
  const bool box = random.chance(0.5);
  const int corners = box ? 4 : 3 + static_cast<int>(random.integer(5));
  const double start = random.uniform(0, kTurn), aspect = random.uniform(0.3, 1), turn = random.uniform(0, kTurn);
  const cv::Point2d along(std::cos(turn), std::sin(turn)), across(-along.y, along.x);
  std::vector<cv::Point> polygon;
  for (int i = 0; i < corners; ++i) {
    const double angle = box ? kTurn * (i + 0.5) / 4 : start + kTurn * (i + random.uniform(0, 0.8)) / corners;
    polygon.push_back(fixed(centre + size * (std::cos(angle) * along + aspect * std::sin(angle) * across)));
  }
  return polygon;
}

void draw_shape(cv::Mat& image, Random& random) {
  const double longer = std::max(image.cols, image.rows), share = random.uniform(), size = longer * (0.02 + 0.28 * share * share);
  const cv::Point2d centre = sample_place(image, random);
  const cv::Scalar colour = sample_colour(random);
  const int border = 1 + static_cast<int>(random.uniform(0, 0.012) * longer);
  switch (random.integer(4)) {
    case 0: {
      const cv::Size2d axes(size, size * random.uniform(0.3, 1));
      const int thickness = random.chance(0.25) ? 2 * border : cv::FILLED;
      cv::ellipse(image, fixed(centre), cv::Size(fixed({axes.width, axes.height})), random.uniform(0, 360), 0, 360, colour,
                  thickness, cv::LINE_AA, kBits);
      return;
    }
    case 1: {
      const double turn = random.uniform(0, kTurn), length = longer * random.uniform(0.1, 0.8);
      const cv::Point2d half = 0.5 * length * cv::Point2d(std::cos(turn), std::sin(turn));
      cv::line(image, fixed(centre - half), fixed(centre + half), colour, border + static_cast<int>(0.3 * size), cv::LINE_AA,
               kBits);
      return;
    }
    default: {
      const std::vector<cv::Point> polygon = sample_polygon(centre, size, random);
      cv::fillPoly(image, std::vector<std::vector<cv::Point>>{polygon}, colour, cv::LINE_AA, kBits);
      if (random.chance(0.3)) cv::polylines(image, polygon, true, sample_colour(random), border, cv::LINE_AA, kBits);
    }
  }
}

// Draws a round body, shaded by one light: nested shapes from its dark outline to its bright side.
void draw_shaded(const cv::Vec3b& skin, double size, Random& random,
                 const std::function<void(double scale, const cv::Point2d& shift, const cv::Scalar& colour)>& draw) {
  constexpr int kSteps = 9;
  const double bright = random.uniform(0.75, 1.15), dark = bright * random.uniform(0.35, 0.8), angle = random.uniform(0, kTurn);
  const double hue = 0.06 * random.normal();
  const cv::Point2d to_light(std::cos(angle), std::sin(angle));
  for (int step = 0; step < kSteps; ++step) {
    const double part = static_cast<double>(step) / (kSteps - 1), level = dark + (bright - dark) * std::sqrt(part);
    cv::Scalar colour;
    for (int k = 0; k < 3; ++k) colour[k] = cv::saturate_cast<uint8_t>(skin[k] * level * (1 + hue * (1 - k)));
    draw(1 - 0.75 * part, 0.35 * part * size * to_light, colour);
  }
}

}  // namespace

void draw_clutter(cv::Mat& image, double amount, Random& random) {
  const double share = random.uniform();
  const auto count = static_cast<int>(std::lround(kMaxShapes * amount * share));
  for (int i = 0; i < count; ++i) draw_shape(image, random);
}

void draw_distractors(cv::Mat& image, double amount, const cv::Vec3b& skin, Random& random) {
  const double longer = std::max(image.cols, image.rows);
  if (random.chance(kDistractor * amount)) {
    const double size = longer * random.uniform(0.08, 0.2), tilt = random.uniform(-40, 40), aspect = random.uniform(0.65, 0.85);
    const cv::Point2d centre = sample_place(image, random);
    draw_shaded(skin, aspect * size, random, [&](double scale, const cv::Point2d& shift, const cv::Scalar& colour) {
      cv::ellipse(image, fixed(centre + shift), cv::Size(fixed({scale * aspect * size, scale * size})), tilt, 0, 360, colour,
                  cv::FILLED, cv::LINE_AA, kBits);
    });
  }
  if (random.chance(kDistractor * amount)) {
    const double width = longer * random.uniform(0.05, 0.12), turn = random.uniform(0, kTurn),
                 bend = turn + random.uniform(-1.2, 1.2);
    const cv::Point2d elbow = sample_place(image, random);
    const cv::Point2d upper = elbow + 0.6 * longer * cv::Point2d(std::cos(turn), std::sin(turn)),
                      lower = elbow - 0.35 * longer * cv::Point2d(std::cos(bend), std::sin(bend));
    draw_shaded(skin, 0.5 * width, random, [&](double scale, const cv::Point2d& shift, const cv::Scalar& colour) {
      const std::vector<cv::Point> arm = {fixed(upper + shift), fixed(elbow + shift), fixed(lower + shift)};
      cv::polylines(image, arm, false, colour, std::max(1, static_cast<int>(scale * width)), cv::LINE_AA, kBits);
    });
  }
}

}  // namespace interprior
