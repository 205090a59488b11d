#pragma once
#include <array>
#include <functional>
#include <optional>
#include <string>

#include <simdjson.h>

#include "interprior/data/image_tables.h"
#include "json_stream.h"

// The pieces of InterHand2.6M's four annotation files, in the files' own units and orders. What lacks a key or has one of
// another type is empty; text that is no JSON is an Error.
namespace interprior {

struct InterHandImage {
  int64_t id = 0, width = 0, height = 0;
  std::string_view file_name, sequence;      // good as long as the element is
  std::string capture, camera, frame;
};

struct InterHandAnnotation {
  int64_t id = -1, image_id = 0;
  std::array<double, 4> box{};                // x, y, width, height px
  std::array<bool, 42> joint_valid{};
  HandType hand_type = HandType::interacting;
  bool hand_type_valid = true;
};

struct InterHandJoints {
  std::array<Vector3, 42> world{};   // mm; right 0-20, left 21-41, InterHand2.6M's order
  std::array<bool, 42> valid{};
};

std::optional<InterHandImage> interhand_image(const simdjson::dom::element& element);
std::optional<InterHandAnnotation> interhand_annotation(const simdjson::dom::element& element);
std::optional<InterHandJoints> interhand_joints(const simdjson::dom::element& frame);
std::optional<ManoAnnotation> interhand_mano(const simdjson::dom::element& frame, Side side);

// The whole files, member by member; each returns the hash of the file's bytes.
uint64_t read_interhand_cameras(const std::filesystem::path& path, const std::function<void(CameraEntry)>& visit);
uint64_t read_interhand_frames(
    const std::filesystem::path& path,
    const std::function<void(const std::string& capture, const std::string& frame, const simdjson::dom::element&)>& visit);

}  // namespace interprior
