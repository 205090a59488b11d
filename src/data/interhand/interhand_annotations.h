#pragma once
#include <simdjson.h>

#include <array>
#include <functional>
#include <optional>
#include <string>

#include "interprior/data/interhand/image_tables.h"
#include "json_fields.h"
#include "json_stream.h"

// Parses the elements of InterHand2.6M's four annotation files, in the files' units and orders. An element with a missing key or
// a value of the wrong type gives nullopt, and `fault` holds the reason. Invalid JSON throws Error.
namespace interprior {

struct InterHandImage {
  int64_t id = 0, width = 0, height = 0;
  std::string_view file_name, sequence;  // valid as long as the element
  std::string capture, camera, frame;
};

struct InterHandAnnotation {
  int64_t id = -1, image_id = 0;
  std::array<double, 4> box{};  // x, y, width, height px
  std::array<bool, 42> joint_valid{};
  HandType hand_type = HandType::interacting;
  bool hand_type_valid = true;
};

struct InterHandJoints {
  std::array<Vector3, 42> world;  // mm; right 0-20, left 21-41, InterHand2.6M's order
  std::array<bool, 42> valid{};
};

std::optional<InterHandImage> interhand_image(const simdjson::dom::element& element, JsonFault& fault);
std::optional<InterHandAnnotation> interhand_annotation(const simdjson::dom::element& element, JsonFault& fault);
// Joints that are not finite are marked invalid; fault.not_finite: one of them was annotated as valid.
std::optional<InterHandJoints> interhand_joints(const simdjson::dom::element& frame, JsonFault& fault);
// An absent or null hand is not a fault.
std::optional<ManoAnnotation> interhand_mano(const simdjson::dom::element& frame, Side side, JsonFault& fault);

// Read a whole file, member by member, and return the hash of its bytes. `lose` is called for each unusable camera.
uint64_t read_interhand_cameras(const std::filesystem::path& path, const std::function<void(CameraEntry)>& visit,
                                const std::function<void(const std::string& camera, const JsonFault&)>& lose);
uint64_t read_interhand_frames(
    const std::filesystem::path& path,
    const std::function<void(const std::string& capture, const std::string& frame, const simdjson::dom::element&)>& visit);

}  // namespace interprior
