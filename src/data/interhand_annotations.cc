#include "interhand_annotations.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <cmath>

namespace interprior {
namespace {

using Element = simdjson::dom::element;

// Larger numbers in these files are damage: nothing is a kilometre away.
constexpr double kLargest = 1e6;
constexpr int64_t kMostSide = 100000;  // px

bool read_number(const Element& element, double& out) {
  return element.get(out) == simdjson::SUCCESS && std::abs(out) < kLargest;
}

template <size_t N> bool read_numbers(const Element& element, std::array<double, N>& out) {
  simdjson::dom::array array;
  if (element.get(array) != simdjson::SUCCESS || array.size() != N) return false;
  size_t i = 0;
  for (const Element item : array)
    if (!read_number(item, out[i++])) return false;
  return true;
}

bool read_matrix(const Element& element, Matrix3& out) {
  simdjson::dom::array array;
  if (element.get(array) != simdjson::SUCCESS || array.size() != 3) return false;
  size_t row = 0;
  for (const Element item : array) {
    Vector3 numbers;
    if (!read_numbers(item, numbers)) return false;
    std::copy(numbers.begin(), numbers.end(), out.begin() + static_cast<std::ptrdiff_t>(3 * row++));
  }
  return true;
}

bool read_key(const Element& object, const char* key, Element& out) { return object[key].get(out) == simdjson::SUCCESS; }

bool read_integer(const Element& object, const char* key, int64_t& out) {
  return object[key].get(out) == simdjson::SUCCESS;
}

// Captures, cameras and frames are a number in one file and a text in the next.
bool read_text(const Element& object, const char* key, std::string& out) {
  Element element;
  if (!read_key(object, key, element)) return false;
  std::string_view text;
  int64_t number = 0;
  if (element.get(text) == simdjson::SUCCESS) {
    out = text;
  } else if (element.get(number) == simdjson::SUCCESS) {
    out = std::to_string(number);
  } else {
    return false;
  }
  return true;
}

bool read_flag(const Element& element, bool& out) {
  double number = 0;
  if (element.get(out) == simdjson::SUCCESS) return true;
  if (!read_number(element, number)) return false;
  out = number != 0;
  return true;
}

// 42 x 1 or 42.
bool read_joint_valid(const Element& element, std::array<bool, 42>& out) {
  simdjson::dom::array array;
  if (element.get(array) != simdjson::SUCCESS || array.size() != out.size()) return false;
  size_t i = 0;
  for (const Element item : array) {
    simdjson::dom::array inner;
    const bool nested = item.get(inner) == simdjson::SUCCESS;
    if (nested && inner.size() != 1) return false;
    if (!read_flag(nested ? *inner.begin() : item, out[i++])) return false;
  }
  return true;
}

bool is_rotation(const Matrix3& r) {
  const Matrix3 product = multiply(r, transpose(r));
  const Matrix3 identity = identity_matrix();
  for (size_t i = 0; i < 9; ++i)
    if (std::abs(product[i] - identity[i]) > 1e-3) return false;
  return r[0] * (r[4] * r[8] - r[5] * r[7]) - r[1] * (r[3] * r[8] - r[5] * r[6]) + r[2] * (r[3] * r[7] - r[4] * r[6]) > 0;
}

}  // namespace

std::optional<InterHandImage> interhand_image(const Element& element) {
  InterHandImage image;
  if (!read_integer(element, "id", image.id) || !read_integer(element, "width", image.width) ||
      !read_integer(element, "height", image.height) || element["file_name"].get(image.file_name) != simdjson::SUCCESS ||
      element["seq_name"].get(image.sequence) != simdjson::SUCCESS || !read_text(element, "capture", image.capture) ||
      !read_text(element, "camera", image.camera) || !read_text(element, "frame_idx", image.frame))
    return std::nullopt;
  if (image.width <= 0 || image.height <= 0 || image.width > kMostSide || image.height > kMostSide) return std::nullopt;
  return image;
}

std::optional<InterHandAnnotation> interhand_annotation(const Element& element) {
  InterHandAnnotation annotation;
  Element valid, box, type_valid;
  std::array<double, 4> sides{};
  std::string_view hand_type;
  read_integer(element, "id", annotation.id);
  if (!read_integer(element, "image_id", annotation.image_id) || element["hand_type"].get(hand_type) != simdjson::SUCCESS ||
      !read_key(element, "joint_valid", valid) || !read_joint_valid(valid, annotation.joint_valid) ||
      !read_key(element, "bbox", box) || !read_numbers(box, sides))
    return std::nullopt;
  const auto type = std::find(kHandTypeNames.begin(), kHandTypeNames.end(), hand_type);
  if (type == kHandTypeNames.end()) return std::nullopt;
  annotation.hand_type = static_cast<HandType>(type - kHandTypeNames.begin());
  if (read_key(element, "hand_type_valid", type_valid) && !read_flag(type_valid, annotation.hand_type_valid)) return std::nullopt;
  annotation.box = sides;
  return annotation;
}

std::optional<InterHandJoints> interhand_joints(const Element& frame) {
  InterHandJoints joints;
  Element world, valid;
  simdjson::dom::array rows;
  if (!read_key(frame, "world_coord", world) || world.get(rows) != simdjson::SUCCESS || rows.size() != 42) return std::nullopt;
  size_t i = 0;
  for (const Element row : rows)
    if (!read_numbers(row, joints.world[i++])) return std::nullopt;
  joints.valid.fill(true);
  if (read_key(frame, "joint_valid", valid) && !read_joint_valid(valid, joints.valid)) return std::nullopt;
  return joints;
}

std::optional<ManoAnnotation> interhand_mano(const Element& frame, Side side) {
  ManoAnnotation mano;
  Element hand, pose, shape, translation;
  if (!read_key(frame, side == Side::right ? "right" : "left", hand) || !read_key(hand, "pose", pose) || !read_key(hand, "shape", shape) ||
      !read_key(hand, "trans", translation))
    return std::nullopt;
  if (!read_numbers(pose, mano.pose) || !read_numbers(shape, mano.shape) || !read_numbers(translation, mano.translation))
    return std::nullopt;
  return mano;
}

uint64_t read_interhand_cameras(const std::filesystem::path& path, const std::function<void(CameraEntry)>& visit) {
  JsonStream file(path);
  file.members([&](const std::string& capture) {
    const Element rig = file.value();
    simdjson::dom::object positions;
    if (rig["campos"].get(positions) != simdjson::SUCCESS) return;
    for (const auto [name, position] : positions) {
      Vector3 place;                                  // mm, world
      std::array<double, 2> focal{}, principal{};
      Element rotation, lengths, centre;
      CameraEntry camera;
      const bool complete = rig["camrot"][name].get(rotation) == simdjson::SUCCESS &&
                            rig["focal"][name].get(lengths) == simdjson::SUCCESS &&
                            rig["princpt"][name].get(centre) == simdjson::SUCCESS;
      if (!complete || !read_numbers(position, place) || !read_matrix(rotation, camera.camera_from_world) ||
          !read_numbers(lengths, focal) || !read_numbers(centre, principal) || !is_rotation(camera.camera_from_world) ||
          focal[0] <= 0 || focal[1] <= 0)
        continue;
      camera.capture = capture;
      camera.name = name;
      camera.fx = focal[0];
      camera.fy = focal[1];
      camera.cx = principal[0];
      camera.cy = principal[1];
      const Vector3 turned = multiply(camera.camera_from_world, place);
      for (size_t k = 0; k < 3; ++k) camera.world_origin_in_camera[k] = -turned[k] / 1000;
      visit(std::move(camera));
    }
  });
  file.finish();
  return file.hash();
}

uint64_t read_interhand_frames(const std::filesystem::path& path,
                               const std::function<void(const std::string&, const std::string&, const Element&)>& visit) {
  JsonStream file(path);
  file.members([&](const std::string& capture) {
    file.members([&](const std::string& frame) { visit(capture, frame, file.value()); });
  });
  file.finish();
  return file.hash();
}

}  // namespace interprior
