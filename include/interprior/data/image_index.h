#pragma once
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "interprior/geometry/crop.h"
#include "interprior/hand/side.h"

namespace interprior {

// MANO parameters as annotated: world frame, pose relative to hands_mean (flat_hand_mean = false), metres.
struct ManoAnnotation {
  std::array<double, 48> pose{};
  std::array<double, 10> shape{};
  std::array<double, 3> translation{};
};

// One annotated picture.
struct ImageRecord {
  std::string sample;                     // split/file_name
  std::string sequence;                   // capture and sequence, the unit of bootstrap
  std::filesystem::path file;             // the picture, or a shard of pictures one after the other
  int64_t offset = 0, bytes = 0;          // the picture's place in a shard; bytes 0: the file is the picture
  std::string hand_type;                  // right, left, interacting
  bool hand_type_valid = true;
  Pinhole camera;
  Matrix3 camera_from_world{};            // rotation
  Vector3 world_origin_in_camera{};       // m: X_cam = R X_world + t
  Box box;                                // as annotated, px
  PerHand<std::optional<ManoAnnotation>> mano;
  std::array<std::array<Vector3, 21>, 2> joints_in_camera{};   // m, our order; right, left
  std::array<std::array<bool, 21>, 2> joint_valid{};
};

// A data root or index as read: records that can be used, and why the others cannot.
struct ImageIndex {
  std::string kind;                            // "interhand" or "images"
  std::vector<std::string> splits;
  int64_t images = 0, annotations = 0;
  std::map<std::string, int64_t> by_type;      // interacting, right, left
  std::map<std::string, int64_t> skipped;      // reason (snake_case) -> count
  std::vector<ImageRecord> usable;
  std::vector<ImageRecord> unusable;           // records without MANO etc. that could be read otherwise (kept only on request)
};

// Which records count as usable.
struct UsableRule {
  bool interacting_only = true;     // the two-hand benchmark's filter
  bool need_mano = true;            // both hands of an interacting picture
  bool keep_unusable = false;
  double least_grey = 0;            // the benchmark's filter is 10 (mean of 0..255); above 0 every picture is opened: image_dark
};

// Why a record does not count, or "" when it does. The first reason of this list: mano_missing (no hand of the picture has
// it), hand_type_invalid, not_interacting, mano_one_hand, camera_missing, joints_missing (neither joints nor MANO), box_invalid,
// image_missing (no such file), image_dark. What the files lack comes before what the rule leaves out.
std::string skip_reason(const ImageRecord& record, const UsableRule& rule);

// Counts a record in the index, as usable or under its reason.
void add_record(ImageIndex& index, ImageRecord record, const UsableRule& rule);

// Which hands a picture of this type shows.
inline PerHand<bool> hands_of_type(const std::string& hand_type) { return {hand_type != "left", hand_type != "right"}; }

}  // namespace interprior
