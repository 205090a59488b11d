#include "skin_features.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace interprior {
namespace {

using cv::Point2d;

// Half width of the fingers at the nails, m, thumb .. pinky.
constexpr std::array<double, 5> kHalfWidth = {0.0085, 0.0072, 0.0074, 0.0070, 0.0061};

// A point on the hand with the direction of its finger.
struct Spot {
  Point2d centre, along;

  // Coordinates of a point: along the finger, across it.
  Point2d from(const Point2d& p) const {
    const Point2d d = p - centre;
    return {d.dot(along), d.x * along.y - d.y * along.x};
  }
};

double bell(double x, double width) { return std::exp(-0.5 * x * x / (width * width)); }

double step_between(double low, double high, double x) {
  const double t = std::clamp((x - low) / (high - low), 0.0, 1.0);
  return t * t * (3 - 2 * t);
}

// Joint i (0 the knuckle, 3 the tip) of a finger (0 the thumb), directed to the tip.
Spot spot_of(const FlatJoints& hand, size_t finger, size_t i) {
  const size_t joint = 1 + 4 * finger + i, before = i == 0 ? joint : joint - 1, after = i == 3 ? joint : joint + 1;
  const Point2d along = hand.joint[after] - hand.joint[before];
  return {hand.joint[joint], along / std::max(1e-6, std::hypot(along.x, along.y))};
}

// Adds a weight to every texel within `reach` of a point.
void add(cv::Mat& layer, const SkinPlane& plane, const Point2d& centre, double reach,
         const std::function<double(const Point2d&)>& weight) {
  const int first_x = std::max(0, static_cast<int>((centre.x - reach - plane.left) / plane.texel)),
            last_x = std::min(plane.width - 1, static_cast<int>((centre.x + reach - plane.left) / plane.texel) + 1),
            first_y = std::max(0, static_cast<int>((centre.y - reach - plane.top) / plane.texel)),
            last_y = std::min(plane.height - 1, static_cast<int>((centre.y + reach - plane.top) / plane.texel) + 1);
  for (int y = first_y; y <= last_y; ++y)
    for (int x = first_x; x <= last_x; ++x) {
      const Point2d p(plane.left + x * plane.texel, plane.top + y * plane.texel);
      float& value = layer.at<float>(y, x);
      value = std::min(1.0f, value + static_cast<float>(weight(p)));
    }
}

void add_blob(cv::Mat& layer, const SkinPlane& plane, const Point2d& centre, double size, double strength) {
  add(layer, plane, centre, 3 * size,
      [&](const Point2d& p) { return strength * bell(std::hypot(p.x - centre.x, p.y - centre.y), size); });
}

// A fold across the finger, a millimetre wide.
void add_fold(cv::Mat& layer, const SkinPlane& plane, const Spot& spot, double ahead, double half_width, double strength) {
  add(layer, plane, spot.centre, std::abs(ahead) + 2 * half_width, [&](const Point2d& p) {
    const Point2d at = spot.from(p);
    return strength * bell(at.x - ahead, 0.0009) * step_between(1.15 * half_width, 0.75 * half_width, std::abs(at.y));
  });
}

void add_nail(SkinFeatures& features, const SkinPlane& plane, const FlatJoints& hand, size_t finger) {
  Spot spot = spot_of(hand, finger, 3);
  const double half_width = 0.80 * kHalfWidth[finger], half_length = 1.15 * half_width;
  spot.centre -= 1.05 * half_length * spot.along;
  // A rounded rectangle: 1 on its border.
  const auto radius = [&](const Point2d& p) {
    const Point2d at = spot.from(p);
    return std::pow(std::pow(std::abs(at.x) / half_length, 4) + std::pow(std::abs(at.y) / half_width, 4), 0.25);
  };
  add(features.nail, plane, spot.centre, 1.5 * half_length,
      [&](const Point2d& p) { return step_between(1.08, 0.88, radius(p)); });
  add(features.rim, plane, spot.centre, 1.5 * half_length,
      [&](const Point2d& p) { return spot.from(p).x < 0.7 * half_length ? bell(radius(p) - 1.04, 0.09) : 0.0; });
}

// The palm's three long lines, each through points given by the hand's joints.
void add_lines(cv::Mat& layer, const SkinPlane& plane, const FlatJoints& hand) {
  const auto& j = hand.joint;
  const auto between = [&](size_t a, size_t b, double part) { return Point2d(j[a] + part * (j[b] - j[a])); };
  const Point2d start = between(5, 1, 0.32), middle = between(0, 9, 0.62);
  const std::vector<std::vector<Point2d>> lines = {
      {between(0, 17, 0.80) + 0.25 * (j[17] - j[13]), between(0, 17, 0.82), between(0, 13, 0.86), between(0, 9, 0.90),
       between(5, 9, 0.6)},
      {start, between(0, 5, 0.72), middle, between(0, 13, 0.55), between(0, 17, 0.48)},
      {start, between(0, 5, 0.70), between(0, 5, 0.48), between(0, 9, 0.28), between(0, 9, 0.08)}};
  cv::Mat drawn = cv::Mat::zeros(plane.height, plane.width, CV_8U);
  constexpr int kBits = 4;
  for (const auto& line : lines) {
    std::vector<cv::Point> points;
    for (size_t i = 0; i + 1 < line.size(); ++i)
      for (int k = 0; k < 8; ++k) {  // Catmull and Rom's spline through the points
        const Point2d &p1 = line[i], &p2 = line[i + 1], &p0 = line[i == 0 ? 0 : i - 1],
                      &p3 = line[std::min(i + 2, line.size() - 1)];
        const double t = k / 7.0;
        const Point2d p =
            0.5 * (2 * p1 + t * (p2 - p0) + t * t * (2 * p0 - 5 * p1 + 4 * p2 - p3) + t * t * t * (3 * p1 - p0 - 3 * p2 + p3));
        points.emplace_back(static_cast<int>((p.x - plane.left) / plane.texel * (1 << kBits)),
                            static_cast<int>((p.y - plane.top) / plane.texel * (1 << kBits)));
      }
    cv::polylines(drawn, points, false, cv::Scalar(200), 1, cv::LINE_AA, kBits);
  }
  cv::GaussianBlur(drawn, drawn, {}, 0.6);
  cv::Mat weights;
  drawn.convertTo(weights, CV_32F, 1 / 200.0);
  layer = cv::max(layer, weights);
}

SkinFeatures empty_features(const SkinPlane& plane) {
  const auto zeros = [&] { return cv::Mat(cv::Mat::zeros(plane.height, plane.width, CV_32F)); };
  return {zeros(), zeros(), zeros(), zeros()};
}

}  // namespace

SkinFeatures back_features(const SkinPlane& plane, const FlatJoints& hand) {
  SkinFeatures features = empty_features(plane);
  for (size_t finger = 0; finger < 5; ++finger) {
    add_nail(features, plane, hand, finger);
    for (size_t i = 0; i < 3; ++i) {
      const Spot spot = spot_of(hand, finger, i);
      add_blob(features.red, plane, spot.centre, i == 0 ? 0.0075 : 0.0055, i == 2 ? 0.6 : 0.9);
      if (i == 0) continue;
      for (const double ahead : {-0.0027, 0.0, 0.0026})
        add_fold(features.dark, plane, spot, ahead, 0.8 * kHalfWidth[finger], ahead == 0 ? 0.7 : 0.45);
    }
    add_blob(features.red, plane, spot_of(hand, finger, 3).centre, 0.006, 0.6);
  }
  return features;
}

SkinFeatures palm_features(const SkinPlane& plane, const FlatJoints& hand) {
  SkinFeatures features = empty_features(plane);
  for (size_t finger = 0; finger < 5; ++finger) {
    for (size_t i = 1; i < 3; ++i) add_fold(features.dark, plane, spot_of(hand, finger, i), 0, 1.1 * kHalfWidth[finger], 0.8);
    if (finger > 0) {
      Spot web = spot_of(hand, finger, 0);
      web.centre += 0.48 * (hand.joint[2 + 4 * finger] - web.centre);  // the webs are well beyond the knuckles
      add_fold(features.dark, plane, web, 0, 1.1 * kHalfWidth[finger], 0.8);
      add_blob(features.red, plane, spot_of(hand, finger, 0).centre, 0.009, 0.45);
    }
    add_blob(features.red, plane, spot_of(hand, finger, 3).centre, 0.008, 0.8);
  }
  add_blob(features.red, plane, 0.45 * hand.joint[1] + 0.55 * hand.joint[2], 0.013, 0.5);
  add_blob(features.red, plane, 0.55 * hand.joint[17] + 0.45 * hand.joint[0], 0.013, 0.5);
  add_lines(features.dark, plane, hand);
  return features;
}

}  // namespace interprior
