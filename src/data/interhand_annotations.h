#pragma once
#include <array>
#include <optional>
#include <string>
#include <unordered_map>

#include "interprior/data/image_index.h"
#include "json_windows.h"

// The pieces of InterHand2.6M's four annotation files, in the files' own units and orders. What lacks a key or has one of
// another type is empty; text that is no JSON is an Error.
namespace interprior {

struct InterHandImage {
  int64_t id = 0, width = 0, height = 0;
  std::string file_name, capture, sequence, camera, frame;   // file_name: CaptureN/SEQ/camX/imageF.jpg, also where shortened
};

struct InterHandAnnotation {
  int64_t image_id = 0;
  Box box;
  std::array<bool, 42> joint_valid{};
  std::string hand_type;
  bool hand_type_valid = true;
};

struct InterHandCamera {
  Matrix3 rotation{};       // camera from world
  Vector3 position{};       // mm, world
  std::array<double, 2> focal{}, principal{};   // px
};

struct InterHandJoints {
  std::array<Vector3, 42> world{};   // mm; right 0-20, left 21-41, InterHand2.6M's order
  std::array<bool, 42> valid{};
};

using InterHandMano = PerHand<std::optional<ManoAnnotation>>;

std::optional<InterHandImage> interhand_image(const simdjson::dom::element& element);
std::optional<InterHandAnnotation> interhand_annotation(const simdjson::dom::element& element);

// By "capture/camera".
std::unordered_map<std::string, InterHandCamera> read_interhand_cameras(const std::filesystem::path& path);
// By "capture/frame".
std::unordered_map<std::string, InterHandJoints> read_interhand_joints(const std::filesystem::path& path);
std::unordered_map<std::string, InterHandMano> read_interhand_mano(const std::filesystem::path& path);

}  // namespace interprior
