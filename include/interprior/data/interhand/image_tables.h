#pragma once
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "interprior/geometry/crop.h"
#include "interprior/hand/posed_hand.h"
#include "interprior/hand/side.h"

// The annotations of an image data set, in three tables: cameras, frames and images. Each frame and each camera is stored once,
// so that a million images fit into memory. `record` assembles one image's annotations.
namespace interprior {

// MANO parameters as annotated: world frame, pose relative to hands_mean (flat_hand_mean = false), metres.
struct ManoAnnotation {
  std::array<double, 48> pose{};
  std::array<double, 10> shape{};
  Vector3 translation;
};

// One annotated image.
struct ImageRecord {
  std::string sample;             // split/file_name
  std::string sequence;           // capture and sequence, the unit of bootstrap
  std::filesystem::path file;     // the image, or a shard of concatenated images
  int64_t offset = 0, bytes = 0;  // position and size in a shard; bytes 0: the file is the image
  std::string hand_type;          // right, left, interacting
  bool hand_type_valid = true;
  Pinhole camera;
  RigidTransform camera_from_world;
  Box box;  // as annotated, px
  PerHand<std::optional<ManoAnnotation>> mano;
  std::array<HandJoints, 2> joints_in_camera;  // m; right, left
  std::array<std::array<bool, 21>, 2> joint_valid{};
};

enum class HandType : uint8_t { right, left, interacting };
enum class Annotator : uint8_t { unknown, human, machine };
// Why a hand's MANO parameters of a frame are unusable although the file has an entry for them.
enum class ManoFault : uint8_t { none, malformed, not_finite };
enum class ImageState : uint8_t { unknown, present, missing, damaged };  // of the image file; unknown: not checked

inline constexpr std::array<const char*, 3> kHandTypeNames = {"right", "left", "interacting"};

struct CameraEntry {
  std::string capture, name;
  double fx = 0, fy = 0, cx = 0, cy = 0;  // px; fx 0: images refer to the camera, but it has no parameters
  RigidTransform camera_from_world;
};

struct FrameEntry {
  std::string number;                // within its capture
  std::array<HandJoints, 2> joints;  // m; right, left
  std::array<std::array<bool, 21>, 2> joint_valid{};
  PerHand<std::optional<ManoAnnotation>> mano;
  PerHand<ManoFault> mano_fault{};
  bool joints_not_finite = false;  // a valid joint (in an index of version 1 also: the camera or box) is NaN or infinite
};

struct ImageEntry {
  uint32_t camera = 0, frame = 0, sequence = 0;  // rows of the other tables
  int32_t width = 0, height = 0;                 // px
  std::array<double, 4> box{};                   // x, y, width, height px
  uint64_t joint_valid = 0;                      // bit 21 side + joint: annotated in this image
  int64_t annotation = -1;                       // annotation id in the source
  uint8_t split = 0;                             // into kSplitNames
  HandType hand_type = HandType::interacting;
  bool hand_type_valid = true;
  Annotator annotator = Annotator::unknown;
  ImageState state = ImageState::unknown;
  int16_t grey = -1;  // mean brightness 0..255; -1: not measured
};

// An image whose name or location does not follow from sequence, camera and frame.
struct GivenPlace {
  std::string sample, file;  // `file`: absolute, or relative to the tables' root; empty: root/images/SAMPLE
  int64_t offset = 0, bytes = 0;
};

// Annotations that could not be added to the tables.
struct LostAnnotations {
  int64_t images = 0, annotations = 0;              // per split: images in total, annotations lost
  std::map<std::string, int64_t> by_type, reasons;  // of the lost annotations
  std::map<std::string, std::string> examples;      // by reason: describes the first one; also of MANO parameters and cameras
};

// Fingerprint of a file that the tables were read from.
struct SourceFile {
  std::filesystem::path path;       // absolute
  int64_t bytes = 0, modified = 0;  // size; modification time, ns
  uint64_t hash = 0;                // of its contents
};

struct ImageTables {
  std::filesystem::path root;  // of the images
  std::vector<SourceFile> sources;
  std::vector<CameraEntry> cameras;
  std::vector<FrameEntry> frames;
  std::vector<std::string> sequences;  // split/Capture/sequence
  std::vector<ImageEntry> images;
  std::unordered_map<uint32_t, GivenPlace> given;  // by row of `images`
  std::map<std::string, LostAnnotations> lost;     // by split; also splits without losses
  bool joints_in_camera = false;                   // frames' joints: true: camera frame, one camera per frame; false: world frame

  std::string sample(size_t row) const;
  std::filesystem::path file(size_t row) const;
  bool joint_valid(size_t row, size_t side, size_t joint) const;
  ImageRecord record(size_t row) const;
  // An image's frame with its joints in the world frame, like MANO's parameters. camera_unit: unit of the camera translation, m.
  FrameEntry frame_in_world(size_t row, double camera_unit = 1) const;
};

// The file name of an image in InterHand2.6M: imageF.jpg.
std::string composed_file_name(const ImageTables& tables, const ImageEntry& image);

}  // namespace interprior
