#include "figure_view.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "interprior/base/error.h"

namespace interprior {
namespace {

constexpr double kFill = 0.8;      // of a cell, the longest side of the hands' box
constexpr double kShown = 0.96;    // of a cell, the part that hands may fill
constexpr double kDistance = 100;  // of a view without a camera, in cells' widths

Vector3 point_of(const std::array<float, 3>& vertex) { return {vertex[0], vertex[1], vertex[2]}; }

template <class Visit>
void for_each_point(const HandSurfaces& surfaces, const Visit& visit) {
  for (const Side side : kSides)
    for (const std::array<float, 3>& vertex : surfaces[side].vertices) visit(point_of(vertex));
}

Vector3 centre_of(const HandSurfaces& surfaces) {
  Vector3 sum;
  double count = 0;
  for_each_point(surfaces, [&](const Vector3& point) {
    sum += point;
    count += 1;
  });
  return sum / count;
}

// Sides of the box of the hands in the axes of a view, m.
Vector3 extents_of(const HandSurfaces& surfaces, const Matrix3& view_from_camera) {
  Vector3 low = Vector3::Constant(std::numeric_limits<double>::infinity()), high = -low;
  for_each_point(surfaces, [&](const Vector3& point) {
    const Vector3 seen = view_from_camera * point;
    low = low.cwiseMin(seen);
    high = high.cwiseMax(seen);
  });
  return high - low;
}

HandSurfaces moved(HandSurfaces surfaces, const Matrix3& rotation, const Vector3& about, const Vector3& to) {
  for (const Side side : kSides)
    for (std::array<float, 3>& vertex : surfaces[side].vertices) {
      const Vector3 place = rotation * (point_of(vertex) - about) + to;
      vertex = {static_cast<float>(place[0]), static_cast<float>(place[1]), static_cast<float>(place[2])};
    }
  return surfaces;
}

// The crop of a box that may lie outside the image: crop_camera is called with an image that is the box alone.
Crop crop_of(const Pinhole& camera, const Box& box, int64_t cell) {
  const auto side = static_cast<int64_t>(std::ceil(std::min(box.width, 1e9))) + 1;
  Crop crop =
      crop_camera({camera.fx, camera.fy, camera.cx - box.x, camera.cy - box.y, side, side}, {0, 0, box.width, box.height}, cell);
  crop.crop_pixel_from_original_pixel = crop.crop_pixel_from_original_pixel * Matrix3{{1, 0, -box.x}, {0, 1, -box.y}, {0, 0, 1}};
  return crop;
}

Box enlarged(const Box& box, double times) {
  return {box.x - (times - 1) * box.width / 2, box.y - (times - 1) * box.height / 2, times * box.width, times * box.height};
}

}  // namespace

bool any_hand(const HandSurfaces& surfaces) { return !surfaces.right.vertices.empty() || !surfaces.left.vertices.empty(); }

Matrix3 turn_of(FigureView view) {
  switch (view) {
    case FigureView::camera:
      return Matrix3::Identity();
    case FigureView::side:
      return Matrix3{{0, 0, 1}, {0, 1, 0}, {-1, 0, 0}};
    case FigureView::top:
      return Matrix3{{1, 0, 0}, {0, 0, -1}, {0, 1, 0}};
  }
  throw Error("unknown view of a figure");
}

Framing framing_of(const HandSurfaces& reference, const std::optional<Pinhole>& camera, int64_t cell, bool turned,
                   const std::string& where) {
  Framing framing;
  framing.cell = cell;
  const auto pixels = static_cast<double>(cell);
  if (!camera) {
    const Vector3 extents = extents_of(reference, framing.view_from_camera);
    const double longest = std::max({extents[0], extents[1], turned ? extents[2] : 0.0});
    require(longest > 0, "the hands have no size", where);
    framing.scale = kFill * pixels / longest;
    return framing;
  }
  require(std::isfinite(camera->cx) && std::isfinite(camera->cy) && std::isfinite(camera->fx) && std::isfinite(camera->fy) &&
              camera->fx > 0 && camera->fy > 0,
          "the camera has no positive focal length", where, "give fx fy cx cy in px");
  std::vector<std::array<double, 2>> projected;
  for_each_point(reference, [&](const Vector3& point) {
    if (!(point[2] >= kNearPlane))
      throw Error("a hand is not in front of the camera", where,
                  "give camera axes: x right, y down, z forward, m; --views side,top needs no camera");
    projected.push_back(camera->project(point));
  });
  Box box = square_box(projected, kFill);
  framing.crop = crop_of(*camera, box, cell);
  framing.view_from_camera = framing.crop->crop_from_original;
  const Vector3 extents = extents_of(reference, framing.view_from_camera);
  if (const double ratio = extents[2] / std::max(extents[0], extents[1]); turned && ratio > 1) {
    box = enlarged(box, ratio);
    framing.crop = crop_of(*camera, box, cell);
  }
  framing.crop_side = box.width;
  framing.scale = framing.crop->camera.fx / (framing.view_from_camera * centre_of(reference))[2];
  return framing;
}

double cells_needed(const SeenHands& seen) {
  const auto pixels = static_cast<double>(seen.camera.width);
  double farthest = 0;  // from the middle, px
  bool behind = false;
  for_each_point(seen.surfaces, [&](const Vector3& point) {
    behind = behind || !(point[2] >= kNearPlane);
    if (behind) return;
    for (const double place : seen.camera.project(point)) farthest = std::max(farthest, std::abs(place - (pixels - 1) / 2));
  });
  return behind ? std::numeric_limits<double>::infinity() : 2 * farthest / (kShown * pixels);
}

Framing widened(Framing framing, double times) {
  framing.scale /= times;
  if (!framing.crop) return framing;
  Pinhole& camera = framing.crop->camera;
  camera.fx /= times;
  camera.fy /= times;
  Matrix3& crop_from_original = framing.crop->crop_pixel_from_original_pixel;
  const double x = camera.cx * (1 - 1 / times), y = camera.cy * (1 - 1 / times);
  crop_from_original = Matrix3{{1 / times, 0, x}, {0, 1 / times, y}, {0, 0, 1}} * crop_from_original;
  return framing;
}

SeenHands seen_hands(FigureView view, const HandSurfaces& hands_in_camera, const Framing& framing, const std::string& where) {
  const Vector3 centre = centre_of(hands_in_camera);
  if (view == FigureView::camera && framing.crop) {
    require((framing.view_from_camera * centre)[2] >= kNearPlane, "the hands are not in front of the camera", where,
            "draw --views side,top, which need no camera, or give hands in the camera's frame");
    return {moved(hands_in_camera, framing.view_from_camera, Vector3::Zero(), Vector3::Zero()), framing.crop->camera};
  }
  const auto pixels = static_cast<double>(framing.cell);
  const double distance = kDistance * pixels / framing.scale, middle = (pixels - 1) / 2;
  return {moved(hands_in_camera, turn_of(view) * framing.view_from_camera, centre, {0, 0, distance}),
          {framing.scale * distance, framing.scale * distance, middle, middle, framing.cell, framing.cell}};
}

}  // namespace interprior
