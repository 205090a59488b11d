#include "interhand_annotations.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <cmath>

namespace interprior {
namespace {

using Element = simdjson::dom::element;

// Larger numbers in these files are damage: nothing is a kilometre away.
constexpr double kLargest = 1e6;

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

std::optional<InterHandJoints> joints_from(const Element& frame) {
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

std::optional<ManoAnnotation> mano_from(const Element& frame, const char* side) {
  ManoAnnotation mano;
  Element hand, pose, shape, translation;
  if (!read_key(frame, side, hand) || !read_key(hand, "pose", pose) || !read_key(hand, "shape", shape) ||
      !read_key(hand, "trans", translation))
    return std::nullopt;
  if (!read_numbers(pose, mano.pose) || !read_numbers(shape, mano.shape) || !read_numbers(translation, mano.translation))
    return std::nullopt;
  return mano;
}

// Visits capture -> frame -> value.
void for_each_frame(JsonFile& file, const std::function<void(const std::string&, const Element&)>& visit) {
  file.for_each_member(file.whole(), [&](std::string_view capture, JsonFile::Window frames) {
    file.for_each_member(frames, [&](std::string_view frame, JsonFile::Window value) {
      visit(c10::str(capture, "/", frame), file.parse(value));
    });
  });
}

}  // namespace

std::optional<InterHandImage> interhand_image(const Element& element) {
  InterHandImage image;
  if (!read_integer(element, "id", image.id) || !read_integer(element, "width", image.width) ||
      !read_integer(element, "height", image.height) || !read_text(element, "file_name", image.file_name) ||
      !read_text(element, "capture", image.capture) || !read_text(element, "camera", image.camera) ||
      !read_text(element, "frame_idx", image.frame) || !read_text(element, "seq_name", image.sequence))
    return std::nullopt;
  if (image.width <= 0 || image.height <= 0) return std::nullopt;
  if (std::count(image.file_name.begin(), image.file_name.end(), '/') != 3)
    image.file_name =
        c10::str("Capture", image.capture, "/", image.sequence, "/cam", image.camera, "/image", image.frame, ".jpg");
  return image;
}

std::optional<InterHandAnnotation> interhand_annotation(const Element& element) {
  InterHandAnnotation annotation;
  Element valid, box, type_valid;
  std::array<double, 4> sides{};
  if (!read_integer(element, "image_id", annotation.image_id) || !read_text(element, "hand_type", annotation.hand_type) ||
      !read_key(element, "joint_valid", valid) || !read_joint_valid(valid, annotation.joint_valid) ||
      !read_key(element, "bbox", box) || !read_numbers(box, sides))
    return std::nullopt;
  if (annotation.hand_type != "right" && annotation.hand_type != "left" && annotation.hand_type != "interacting")
    return std::nullopt;
  if (read_key(element, "hand_type_valid", type_valid) && !read_flag(type_valid, annotation.hand_type_valid)) return std::nullopt;
  annotation.box = {sides[0], sides[1], sides[2], sides[3]};
  return annotation;
}

std::unordered_map<std::string, InterHandCamera> read_interhand_cameras(const std::filesystem::path& path) {
  std::unordered_map<std::string, InterHandCamera> cameras;
  JsonFile file(path);
  file.for_each_member(file.whole(), [&](std::string_view capture, JsonFile::Window value) {
    const Element rig = file.parse(value);
    simdjson::dom::object positions;
    if (rig["campos"].get(positions) != simdjson::SUCCESS) return;
    for (const auto [name, position] : positions) {
      InterHandCamera camera;
      Element rotation, focal, principal;
      const bool complete = rig["camrot"][name].get(rotation) == simdjson::SUCCESS &&
                            rig["focal"][name].get(focal) == simdjson::SUCCESS &&
                            rig["princpt"][name].get(principal) == simdjson::SUCCESS;
      if (complete && read_numbers(position, camera.position) && read_matrix(rotation, camera.rotation) &&
          read_numbers(focal, camera.focal) && read_numbers(principal, camera.principal) && is_rotation(camera.rotation) &&
          camera.focal[0] > 0 && camera.focal[1] > 0)
        cameras.emplace(c10::str(capture, "/", name), camera);
    }
  });
  return cameras;
}

std::unordered_map<std::string, InterHandJoints> read_interhand_joints(const std::filesystem::path& path) {
  std::unordered_map<std::string, InterHandJoints> joints;
  JsonFile file(path);
  for_each_frame(file, [&](const std::string& key, const Element& frame) {
    if (auto found = joints_from(frame)) joints.emplace(key, *found);
  });
  return joints;
}

std::unordered_map<std::string, InterHandMano> read_interhand_mano(const std::filesystem::path& path) {
  std::unordered_map<std::string, InterHandMano> mano;
  JsonFile file(path);
  for_each_frame(file, [&](const std::string& key, const Element& frame) {
    mano.emplace(key, InterHandMano{mano_from(frame, "right"), mano_from(frame, "left")});
  });
  return mano;
}

}  // namespace interprior
