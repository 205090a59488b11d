#include "interprior/geometry/crop.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "interprior/base/error.h"

namespace interprior {
namespace {

constexpr int64_t kLargestCrop = 16384;  // px

std::string box_text(const Box& box) { return c10::str("box ", box.x, ",", box.y, ",", box.width, ",", box.height); }

// Messages are only built on errors, as this runs for every data sample.
void check_request(const Pinhole& original, const Box& box, int64_t size, const CropJitter& jitter) {
  const auto finite = [](std::initializer_list<double> values) {
    return std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
  };
  require(finite({original.fx, original.fy, original.cx, original.cy}) && original.fx > 0 && original.fy > 0,
          "the camera's focal length and principal point must be finite, the focal length positive");
  require(original.width > 0 && original.height > 0, "the camera has no image size", "", "set its width and height");
  if (size <= 0 || size > kLargestCrop)
    throw Error(c10::str("a crop of ", size, " px cannot be made"), "", c10::str("use a size of 1 to ", kLargestCrop, " px"));
  if (!finite({box.x, box.y, box.width, box.height})) throw Error("a box number is not finite", box_text(box));
  if (!(box.width > 0 && box.height > 0)) throw Error("the box is empty", box_text(box), "give width and height above 0 px");
  const double right = static_cast<double>(original.width) - 0.5, bottom = static_cast<double>(original.height) - 0.5;
  if (!(box.x < right && box.y < bottom && box.x + box.width > -0.5 && box.y + box.height > -0.5))
    throw Error(c10::str("the box is outside the image of ", original.width, " x ", original.height, " px"), box_text(box),
                "boxes are x,y,width,height in pixels of the image");
  require(finite({jitter.roll, jitter.scale, jitter.shift[0], jitter.shift[1]}) && jitter.scale > 0,
          "a crop's jitter must be finite and its scale positive");
}

// The smallest rotation that takes a unit vector with z > 0 to the optical axis (Rodrigues with axis d x z).
Matrix3 rotation_to_axis(const Vector3& d) {
  const double a = 1 / (1 + d[2]);
  return Matrix3{
      {1 - a * d[0] * d[0], -a * d[0] * d[1], -d[0]}, {-a * d[0] * d[1], 1 - a * d[1] * d[1], -d[1]}, {d[0], d[1], d[2]}};
}

Matrix3 roll_matrix(double roll) {
  const double c = std::cos(roll), s = std::sin(roll);
  return Matrix3{{c, s, 0}, {-s, c, 0}, {0, 0, 1}};
}

Matrix3 inverse_camera_matrix(const Pinhole& camera) {
  return Matrix3{{1 / camera.fx, 0, -camera.cx / camera.fx}, {0, 1 / camera.fy, -camera.cy / camera.fy}, {0, 0, 1}};
}

}  // namespace

Crop crop_camera(const Pinhole& original, const Box& box, int64_t size, const CropJitter& jitter) {
  check_request(original, box, size, jitter);
  const double longer = std::max(box.width, box.height);
  const Vector3 ray =
      original.direction(box.x + box.width / 2 + jitter.shift[0] * longer, box.y + box.height / 2 + jitter.shift[1] * longer);
  const double distance = std::sqrt(original.fx * original.fy) / ray[2];  // px from the camera to the centre's pixel

  Crop crop;
  crop.camera.fx = crop.camera.fy = distance * static_cast<double>(size) / (longer * jitter.scale);
  crop.camera.cx = crop.camera.cy = static_cast<double>(size - 1) / 2;
  crop.camera.width = crop.camera.height = size;
  crop.crop_from_original = roll_matrix(jitter.roll) * rotation_to_axis(ray);
  crop.crop_pixel_from_original_pixel = crop.camera.matrix() * (crop.crop_from_original * inverse_camera_matrix(original));
  return crop;
}

Box tight_box(const std::vector<std::array<double, 2>>& points, double scale) {
  require(!points.empty(), "a box needs at least one point");
  if (!(std::isfinite(scale) && scale > 0)) throw Error(c10::str("a box cannot be scaled by ", scale));
  constexpr double kFar = std::numeric_limits<double>::infinity();
  std::array<double, 2> low = {kFar, kFar}, high = {-kFar, -kFar};
  for (const std::array<double, 2>& point : points) {
    for (size_t axis = 0; axis < 2; ++axis) {
      if (!std::isfinite(point[axis])) throw Error("a box needs finite points");
      low[axis] = std::min(low[axis], point[axis]);
      high[axis] = std::max(high[axis], point[axis]);
    }
  }
  const double width = (high[0] - low[0]) * scale, height = (high[1] - low[1]) * scale;
  return {(low[0] + high[0] - width) / 2, (low[1] + high[1] - height) / 2, width, height};
}

Box square_box(const std::vector<std::array<double, 2>>& points, double fill) {
  if (!(std::isfinite(fill) && fill > 0))
    throw Error(c10::str("a box cannot have a fill factor of ", fill), "", "give a fraction such as 0.8");
  const Box box = tight_box(points, 1 / fill);
  const double side = std::max(box.width, box.height);
  return {box.x + (box.width - side) / 2, box.y + (box.height - side) / 2, side, side};
}

}  // namespace interprior
