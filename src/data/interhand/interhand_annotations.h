#pragma once
#include <simdjson.h>

#include <array>
#include <functional>
#include <optional>
#include <string>

#include "interprior/data/interhand/image_tables.h"
#include "json_fields.h"
#include "json_stream.h"

// The pieces of InterHand2.6M's four annotation files, in the files' own units and orders. What lacks a key or has one of
// another type is empty, and `fault` says why; text that is no JSON is an Error.
namespace interprior {

struct InterHandImage {
  int64_t id = 0, width = 0, height = 0;
  std::string_view file_name, sequence;  // good as long as the element is
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
  std::array<Vector3, 42> world{};  // mm; right 0-20, left 21-41, InterHand2.6M's order
  std::array<bool, 42> valid{};
};

std::optional<InterHandImage> interhand_image(const simdjson::dom::element& element, JsonFault& fault);
std::optional<InterHandAnnotation> interhand_annotation(const simdjson::dom::element& element, JsonFault& fault);
// Joints that are not finite come as not valid; fault.not_finite: one of them was said to be valid.
std::optional<InterHandJoints> interhand_joints(const simdjson::dom::element& frame, JsonFault& fault);
// A hand that is absent or null is no fault.
std::optional<ManoAnnotation> interhand_mano(const simdjson::dom::element& frame, Side side, JsonFault& fault);

// The whole files, member by member; each returns the hash of the file's bytes. A camera that cannot be used goes to `lose`.
uint64_t read_interhand_cameras(const std::filesystem::path& path, const std::function<void(CameraEntry)>& visit,
                                const std::function<void(const std::string& camera, const JsonFault&)>& lose);
uint64_t read_interhand_frames(
    const std::filesystem::path& path,
    const std::function<void(const std::string& capture, const std::string& frame, const simdjson::dom::element&)>& visit);

}  // namespace interprior
